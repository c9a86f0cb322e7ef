import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { LeftOut } from '../../../src/runtime/erofs/left-out.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { differencesWhenMounted, stackOf, WAYS } from '../../helpers/erofs.js';
import { useFolder } from '../../helpers/look.js';
import type { OracleEntry, OracleTree } from '../../helpers/oracle.js';
import type { TarMemberSpec } from '../../helpers/tar-layer.js';

const base = useFolder();

beforeAll(() => {
  enterPrivateMounts();
});

// Few names, so that layers meet; some that sort beside the dots, some that fill blocks of a directory.
const component = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('.-', '!', '...', 'é', '\udcff', 'x'.repeat(255), 'y'.repeat(250)),
  },
);
const place = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const metadata = {
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 0xfffffffe }),
  gid: fc.integer({ min: 0, max: 0xfffffffe }),
  mtime: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
};
const xattrs = fc.option(
  fc.dictionary(
    fc.stringMatching(/^[a-z]{1,12}$/).map((name) => `trusted.${name}`),
    fc.uint8Array({ minLength: 1, maxLength: 600 }),
    { maxKeys: 3 },
  ),
  { nil: undefined },
);
const member: fc.Arbitrary<TarMemberSpec> = fc.oneof(
  fc.record({
    ...metadata,
    xattrs,
    name: place,
    type: fc.constant('file' as const),
    content: fc.uint8Array({ maxLength: 1600 }),
  }),
  fc.record({ ...metadata, xattrs, name: place, type: fc.constant('dir' as const) }),
  fc.record({
    ...metadata,
    xattrs,
    name: place,
    type: fc.constant('symlink' as const),
    link: fc.oneof(
      place,
      // Not of one component: links of a layer are followed while it is read, and lead to such names.
      fc.integer({ min: 1, max: 350 }).map((count) => 'z/'.repeat(count)),
    ),
  }),
  fc.record({ name: place, type: fc.constant('hardlink' as const), link: place }),
  fc.record({
    ...metadata,
    name: place,
    type: fc.constantFrom('char' as const, 'block' as const, 'fifo' as const),
    device: fc.tuple(fc.integer({ min: 1, max: 4095 }), fc.nat(1_048_575)),
  }),
  place.map((name) => ({ name: name.replace(/([^/]+)$/, '.wh.$1') })),
  place.map((name) => ({ name: `${name}/.wh..wh..opq` })),
);
const layers = fc.array(fc.array(member, { maxLength: 30 }), { minLength: 1, maxLength: 5 });

test.each([...WAYS, 'unpacked by threads'] as const)(
  'any layers are mounted as their union, half-way and at the end: %s',
  async (way) => {
    let entries = 0;
    await fc.assert(
      fc.asyncProperty(layers, async (stacked) => {
        const folder = mkdtempSync(path.join(base(), 'random-'));
        const stack = await stackOf(
          folder,
          // A name that an archive cannot have with `.wh.` before it is no whiteout of these tests.
          stacked.map((members) => members.filter(({ name }) => longest(String(name)) <= 255)),
        );
        for (const n of new Set([stacked.length, (stacked.length + 1) >> 1])) {
          const whole = (
            tree: Map<string, OracleEntry>,
            { left }: { readonly left: LeftOut },
          ): OracleTree => {
            expect([...left]).toEqual([]);
            entries += tree.size;
            return tree;
          };
          const differences = await differencesWhenMounted(folder, stack, n, whole, way);
          expect([n, differences]).toEqual([n, []]);
        }
      }),
      { numRuns: 20 },
    );
    expect(entries).toBeGreaterThan(200);
  },
  300_000,
);

function longest(name: string): number {
  return Math.max(...name.split('/').map((part) => Buffer.byteLength(part)));
}
