import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { liveTouch, lookup } from '../../../src/layers/union/union.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { showDifference } from '../../../src/tui/effects/show-difference.js';
import { showFile } from '../../../src/tui/effects/show-file.js';
import { percentTeller } from '../../../src/tui/effects/tell-part.js';
import type { Action } from '../../../src/tui/state/action.js';
import { useFolder } from '../../helpers/look.js';
import { withImage } from '../../helpers/our-tree.js';
import { tarOf } from '../../helpers/tar-layer.js';

const folder = useFolder();

test('how much of a compressed layer is read is told once a percent and forwards: it is gone over once', async () => {
  const image = path.join(folder(), 'squeezed.tar.gz');
  // Larger than what is held of a file, so that what it is made of needs more than its beginning.
  const program = Buffer.concat([readFileSync(process.execPath).subarray(0, 64), Buffer.alloc(3_000_000, 1)]);
  const before = Buffer.alloc(36_000_000, 'before ');
  writeFileSync(
    image,
    gzipSync(
      tarOf([
        { name: 'before', content: before },
        { name: 'program', content: program },
        { name: 'text', content: 'a line\n' },
      ]),
    ),
  );
  await withImage(`rootfs:${image}`, async ({ image: { layers }, union }) => {
    const looked = { union, layers };
    const told = async (name: string, show: (node: number, onPart: (part: number) => void) => unknown) => {
      const percents: number[] = [];
      const hear = (action: Action): void => {
        if (action.type === 'progress') percents.push(action.percent);
      };
      await show(lookup(union, `/${name}`), percentTeller(7, hear));
      expect(percents.length).toBeGreaterThan(10);
      expect(percents).toEqual([...new Set(percents)].sort((a, b) => a - b));
      expect(percents.at(-1)).toBe(99);
    };
    const limits = DEFAULT_LIMITS;
    for (const from of [0, 2_000_000])
      await told('program', async (node, onPart) => {
        const touch = liveTouch(union, node, 1);
        const read = { do: 'read', id: 7, node, touch, form: 'parts', from } as const;
        const parts: number[] = [];
        const hear = (part: number): void => {
          parts.push(part);
          onPart(part);
        };
        await showFile(looked, read, { limits, onPart: hear });
        // Two thirds of the file are not done when its first one is.
        expect(parts.filter((part) => part > 0.9 && part < 1).length).toBeGreaterThan(1);
        expect(parts.filter((part) => part === 1).length).toBeLessThan(3);
      });
    for (const name of ['program', 'text'])
      await told(name, async (node, onPart) => {
        const touch = liveTouch(union, node, 1);
        const read = { do: 'read', id: 7, node, touch, form: undefined, from: 0 } as const;
        const { file } = await showFile(looked, read, { limits, onPart });
        expect(file?.forms.includes('parts')).toBe(name === 'program');
      });
    await told('text', async (node, onPart) => {
      await showDifference(looked, { do: 'difference', id: 7, node, to: 1 }, { limits, onPart });
    });
  });
});
