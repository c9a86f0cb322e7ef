import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { StrataError } from '../../../src/model/error.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { plantCanary, useNamedCanary } from '../../helpers/canary.js';
import { differencesWhenMounted, type Stack, stackOfTars, withUnpacked } from '../../helpers/erofs.js';
import { hostileLayers } from '../../helpers/hostile-layers.js';
import { useFolder } from '../../helpers/look.js';
import { removeTree } from '../../helpers/remove.js';

/* The law: whatever is in a layer, unpacking it changes nothing outside, and what is mounted is the union. */

const cases = hostileLayers();
const base = useFolder();
const named = useNamedCanary();

beforeAll(() => {
  enterPrivateMounts();
});

describe('hostile layers, unpacked', () => {
  test('there are as many as the corpus has', () => {
    expect(cases.size).toBeGreaterThan(150);
  });

  test('nothing outside changes, and what is mounted is the union', async () => {
    const all: string[] = [];
    let mounted = 0;
    for (const [i, [name, files]] of [...cases].entries()) {
      const folder = path.join(base(), 'hx');
      removeTree(folder);
      mkdirSync(folder);
      const victim = plantCanary(path.join(folder, 'victim'));
      let stack: Stack;
      try {
        stack = await stackOfTars(folder, files.map(plainBytes));
      } catch (thrown) {
        // Of what cannot be read nothing is ever unpacked.
        expect(thrown).toBeInstanceOf(StrataError);
        continue;
      }
      // Walking what is mounted takes longer than all else: `extract` and EROFS have walked them all.
      if (i % 3 !== 0) {
        await withUnpacked(folder, stack, files.length, () => undefined);
        victim.check();
        named().check();
        mounted++;
        continue;
      }
      const differences = await differencesWhenMounted(
        folder,
        stack,
        files.length,
        (tree, { left }) => {
          for (const [reason, { first }] of left)
            for (const { path: at, what } of first) {
              const entry = tree.get(at);
              if (!reason.includes('xattr')) tree.delete(at);
              else if (entry !== undefined) tree.set(at, { ...entry, xattrs: without(entry.xattrs, what) });
            }
          return tree;
        },
        'unpacked',
      );
      all.push(...differences.map((difference) => `${name}: ${difference}`));
      victim.check();
      named().check();
      mounted++;
    }
    expect(all).toEqual([]);
    expect(mounted).toBeGreaterThan(100);
  }, 300_000);
});

function plainBytes(file: string): Buffer {
  const bytes = readFileSync(file);
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

function without(xattrs: Readonly<Record<string, string>>, left: string): Record<string, string> {
  return Object.fromEntries(Object.entries(xattrs).filter(([name]) => name !== left));
}
