import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeErofs } from '../../../src/runtime/erofs/encode.js';
import { mountErofs } from '../../../src/runtime/erofs/mount.js';
import { erofsWorks } from '../../../src/runtime/erofs/probe.js';
import { writeErofs } from '../../../src/runtime/erofs/write.js';
import { mountNew, unmount } from '../../../src/runtime/sys/mount.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { stackOf } from '../../helpers/erofs.js';
import { useFolder } from '../../helpers/look.js';

const base = useFolder();
const fresh = (name: string): string => {
  const made = path.join(base(), name);
  mkdirSync(made);
  return made;
};

beforeAll(() => {
  enterPrivateMounts();
});

describe('whether EROFS works', () => {
  test('is true of a folder on a disk of this kernel, and leaves nothing', () => {
    const folder = fresh('disk');
    expect(erofsWorks(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
  });

  test('is false where the kernel cannot read files for itself, as on tmpfs', () => {
    const folder = fresh('memory');
    mountNew('tmpfs', folder, []);
    expect(erofsWorks(folder)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    unmount(folder);
  });
});

describe('mounting', () => {
  test('takes paths longer than an option of the kernel, and names that options are parted by', async () => {
    const folder = path.join(fresh('long'), ...Array.from({ length: 4 }, () => 'd'.repeat(200)));
    mkdirSync(folder, { recursive: true });
    const { union, tars } = await stackOf(folder, [[{ name: 'a', content: 'text' }]]);
    const [image, root] = [path.join(folder, 'image'), fresh('root')];
    writeErofs(encodeErofs(union, 1), image);
    mountErofs(image, tars, root);
    expect(readFileSync(path.join(root, 'a'), 'utf8')).toBe('text');
    unmount(root);
    const odd = fresh('a,b:c=d\\e f');
    const short = await stackOf(odd, [[{ name: 'a', content: 'odd' }]]);
    writeErofs(encodeErofs(short.union, 1), path.join(odd, 'image'));
    mountErofs(path.join(odd, 'image'), short.tars, root);
    expect(readFileSync(path.join(root, 'a'), 'utf8')).toBe('odd');
    unmount(root);
  });

  test('refuses another number of devices', async () => {
    const folder = fresh('devices');
    const { union, tars } = await stackOf(folder, [[{ name: 'a', content: 'text' }]]);
    const image = path.join(folder, 'image');
    writeErofs(encodeErofs(union, 1), image);
    expect(() => {
      mountErofs(image, [...tars, ...tars], folder);
    }).toThrow(/mounting erofs on .*: invalid argument/);
  });

  test('never overwrites an image', async () => {
    const folder = fresh('written');
    const { union } = await stackOf(folder, [[]]);
    writeFileSync(path.join(folder, 'image'), 'mine');
    expect(() => {
      writeErofs(encodeErofs(union, 1), path.join(folder, 'image'));
    }).toThrow('EEXIST');
    expect(readFileSync(path.join(folder, 'image'), 'utf8')).toBe('mine');
  });
});
