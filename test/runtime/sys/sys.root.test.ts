import { execFileSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { MOUNT_ATTRIBUTE, mountBind, mountNew, unmount } from '../../../src/runtime/sys/mount.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { deviceNumber, deviceParts, makeNode } from '../../../src/runtime/sys/node.js';
import { mountByPage, PAGE_OPTIONS } from '../../../src/runtime/sys/page-mount.js';
import { readXattrs, setXattr } from '../../../src/runtime/sys/xattr.js';
import { useFolder } from '../../helpers/look.js';

/* What the kernel does for us, held against what the tools of util-linux and attr say of it. */

const folder = useFolder();
const fresh = (name: string): string => {
  const made = path.join(folder(), name);
  mkdirSync(made);
  return made;
};

beforeAll(() => {
  enterPrivateMounts();
});

describe('extended attributes', () => {
  test('are those that getfattr sees, of a link too, binary values whole', () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    setXattr(file, 'user.text', Buffer.from('value'));
    const binary = Buffer.from([1, 0, 0, 2, 255, 0]);
    setXattr(file, 'user.binary', binary);
    expect([...readXattrs(file)].sort()).toEqual([
      ['user.binary', binary],
      ['user.text', Buffer.from('value')],
    ]);
    const shown = execFileSync('getfattr', ['-h', '-m', '-', '-d', '-e', 'hex', file], { encoding: 'utf8' });
    expect(shown).toContain('user.binary=0x01000002ff00');
    const link = path.join(folder(), 'link');
    symlinkSync('file', link);
    expect(readXattrs(link)).toEqual(new Map());
    setXattr(link, 'trusted.here', Buffer.from('x'));
    expect([...readXattrs(link).keys()]).toEqual(['trusted.here']);
    expect(readXattrs(file).has('trusted.here')).toBe(false);
  });

  test('a failure tells the call, the path and the reason', () => {
    expect(() => readXattrs('/no/such/file')).toThrow(
      /extended attributes of \/no\/such\/file: no such file/,
    );
  });
});

test('nodes have the type and number that stat sees', () => {
  const device = path.join(folder(), 'device');
  makeNode(device, 0o020600, 4095, 1_048_575);
  expect(execFileSync('stat', ['-c', '%F %t:%T', device], { encoding: 'utf8' }).trim()).toBe(
    'character special file fff:fffff',
  );
  expect(lstatSync(device, { bigint: true }).rdev).toBe(deviceNumber(4095, 1_048_575));
  expect(deviceParts(deviceNumber(259, 70_000))).toEqual({ major: 259, minor: 70_000 });
  makeNode(path.join(folder(), 'fifo'), 0o010644);
  expect(lstatSync(path.join(folder(), 'fifo')).isFIFO()).toBe(true);
});

describe('mounts', () => {
  test('are seen here and by children, and not by the host', () => {
    const target = fresh('private');
    mountNew('tmpfs', target, [['size', '1m']], MOUNT_ATTRIBUTE.nosuid);
    writeFileSync(path.join(target, 'inside'), 'x');
    expect(execFileSync('ls', [target], { encoding: 'utf8' })).toBe('inside\n');
    expect(readdirSync(`/proc/${String(process.ppid)}/root${target}`)).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toMatch(new RegExp(`${target} .*nosuid.* - tmpfs`));
    unmount(target);
    expect(readdirSync(target)).toEqual([]);
  });

  test('overlayfs takes more layers than mount(2) has room for', () => {
    const base = fresh('overlay');
    const lowers = Array.from({ length: 120 }, (_, i) => {
      const lower = path.join(base, `lower-${'long'.repeat(20)}-${String(i)}`);
      mkdirSync(lower);
      writeFileSync(path.join(lower, `file-${String(i)}`), '');
      return ['lowerdir+', lower] as const;
    });
    const target = fresh('merged');
    mountNew('overlay', target, lowers, MOUNT_ATTRIBUTE.readonly);
    expect(readdirSync(target)).toHaveLength(120);
    expect(() => {
      writeFileSync(path.join(target, 'x'), '');
    }).toThrow('EROFS');
    unmount(target);
  });

  test('mount(2) takes two hundred layers by their open files, as mountOverlay has it before Linux 6.8', () => {
    const layer = fresh('page-layer');
    writeFileSync(path.join(layer, 'file'), 'x');
    const open = Array.from({ length: 200 }, (_, i) => {
      const lower = path.join(layer, String(i));
      mkdirSync(lower);
      writeFileSync(path.join(lower, `file-${String(i)}`), '');
      return openSync(lower, 'r');
    });
    const target = fresh('page-merged');
    const options = `lowerdir=${open.map((descriptor) => `/proc/self/fd/${String(descriptor)}`).join(':')},index=off`;
    expect(options.length).toBeLessThan(PAGE_OPTIONS);
    mountByPage('overlay', target, options);
    for (const descriptor of open) closeSync(descriptor);
    expect(readdirSync(target)).toHaveLength(200);
    unmount(target);
    expect(() => {
      mountByPage('overlay', target, 'lowerdir=/no/such/folder');
    }).toThrow(/overlay on .*page-merged: no such file or directory/);
  });

  test('a refusal has the words of the kernel', () => {
    const target = fresh('refused');
    expect(() => {
      mountNew('overlay', target, [['lowerdir+', '/no/such/folder']]);
    }).toThrow(/overlay on .*refused: no such file or directory/);
    expect(() => {
      mountNew('overlay', target, [['nonsense', 'x']]);
    }).toThrow(/invalid argument \(.*nonsense/);
  });

  test('a bind mount has attributes of its own', () => {
    const source = fresh('source');
    writeFileSync(path.join(source, 'file'), 'x');
    const target = fresh('target');
    mountBind(source, target, { attributes: MOUNT_ATTRIBUTE.readonly | MOUNT_ATTRIBUTE.nodev });
    expect(readdirSync(target)).toEqual(['file']);
    expect(() => {
      writeFileSync(path.join(target, 'file'), 'y');
    }).toThrow('EROFS');
    writeFileSync(path.join(source, 'file'), 'y');
    unmount(target);
  });
});
