import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countsSwap, type SwapView } from '../../src/runtime/counts-swap.js';

let folder = '';
let view: SwapView;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-swap-'));
  view = { groups: path.join(folder, 'groups'), proc: path.join(folder, 'proc') };
  write('groups/cgroup.controllers');
  write('proc/self/cgroup', '0::/user/own\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(file: string, text = ''): void {
  const at = path.join(folder, file);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, text);
}

test('version 1 has a file of its own for memory and swap together', () => {
  expect([countsSwap('v1', view), countsSwap('none', view)]).toEqual([false, false]);
  write('groups/memory/memory.memsw.limit_in_bytes');
  expect([countsSwap('hybrid', view), countsSwap('v2', view)]).toEqual([true, false]);
});

test('version 2 is asked where a group has a memory controller, and else whether there is swap', () => {
  expect(countsSwap('v2', view)).toBe(false);
  write('proc/swaps');
  expect(countsSwap('v2', view)).toBe(true);
  write('groups/system.slice/memory.max');
  expect(countsSwap('v2', view)).toBe(false);
  write('groups/user/own/memory.max');
  expect(countsSwap('v2', view)).toBe(false);
  write('groups/user/own/memory.swap.max');
  expect(countsSwap('v2', view)).toBe(true);
});
