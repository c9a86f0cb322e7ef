import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CgroupLayout } from './rootfs/cgroup.js';

/** Where it is looked at, for tests. */
export interface SwapView {
  readonly groups: string;
  readonly proc: string;
}

const MACHINE: SwapView = { groups: '/sys/fs/cgroup', proc: '/proc' };

/**
 * Returns whether memory control groups limit swap too. The root group of version 2 does not tell: this process's own
 * and those below the root are asked, and where none has a memory controller yet, whether the kernel has swap at all
 * (cgroup-v2.rst, "Memory").
 */
export function countsSwap(layout: CgroupLayout, { groups, proc }: SwapView = MACHINE): boolean {
  if (layout === 'none') return false;
  if (layout !== 'v2') return existsSync(path.join(groups, 'memory/memory.memsw.limit_in_bytes'));
  const own = /^0::(\/.*)$/m.exec(readFileSync(path.join(proc, 'self/cgroup'), 'utf8'))?.[1] ?? '/';
  const below = readdirSync(groups, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const limited = [own, '.', ...below.map(({ name }) => name)]
    .map((name) => path.join(groups, name))
    .filter((group) => existsSync(path.join(group, 'memory.max')));
  if (limited.length === 0) return existsSync(path.join(proc, 'swaps'));
  return limited.some((group) => existsSync(path.join(group, 'memory.swap.max')));
}
