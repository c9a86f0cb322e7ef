import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findShell, type Programs, type ShellHints } from '../../../src/runtime/toolbox/find-shell.js';

/** A file system of programs: `static`, the name of a loader, or the text of a script. */
function programs(files: Readonly<Record<string, string>>, passwd?: string): Programs {
  return {
    users: { passwd, group: undefined },
    isFile: (path) => path in files,
    head: (path) => Promise.resolve(path in files ? headOf(files[path]) : undefined),
  };
}

function headOf(what: string): Uint8Array {
  if (what === 'static') return readFileSync('/usr/bin/busybox').subarray(0, 4096);
  if (!what.startsWith('/')) return Buffer.from(what);
  const bytes = Buffer.alloc(300);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(3, 64);
  bytes.writeBigUInt64LE(200n, 72);
  bytes.writeBigUInt64LE(BigInt(what.length + 1), 96);
  bytes.write(`${what}\0`, 200);
  return bytes;
}

const hints = (more: Partial<ShellHints> = {}): ShellHints => ({ shell: [], user: '', env: [], ...more });
const found = async (files: Readonly<Record<string, string>>, more?: Partial<ShellHints>, passwd?: string) =>
  (await findShell(programs(files, passwd), hints(more)))?.words;

describe('the best shell', () => {
  const all = {
    '/bin/sh': 'static',
    '/bin/bash': 'static',
    '/usr/bin/zsh': 'static',
    '/bin/busybox': 'static',
  };

  test('is the SHELL of the image, then the one of the user, then by its kind', async () => {
    const passwd = 'root:x:0:0::/root:/bin/sh\napp:x:5:5::/:/usr/bin/zsh\n';
    expect(await found(all, { shell: ['/bin/sh', '-c'], user: 'app' }, passwd)).toEqual(['/bin/sh']);
    expect(await found(all, { user: 'app' }, passwd)).toEqual(['/usr/bin/zsh']);
    expect(await found(all, { user: '7' }, passwd)).toEqual(['/bin/bash']);
    expect(await found({ '/x/busybox': 'static' }, { env: ['PATH=/nothing:/x/'] })).toEqual([
      '/x/busybox',
      'sh',
    ]);
  });

  test('is none that is no shell, or cannot run', async () => {
    const passwd = 'root:x:0:0::/root:/usr/sbin/nologin\n';
    expect(await found({ ...all, '/usr/sbin/nologin': 'static' }, {}, passwd)).toEqual(['/bin/bash']);
    expect(await found({ ...all, '/bin/bash': '/lib/ld.so' })).toEqual(['/usr/bin/zsh']);
    expect(await found({ '/bin/bash': '/lib/ld.so', '/lib/ld.so': 'static' })).toEqual(['/bin/bash']);
    expect(await found({ '/bin/sh': 'garbage' })).toBeUndefined();
    expect(await found({})).toBeUndefined();
  });

  test('may be a script that a program runs, not one that runs itself', async () => {
    expect(await found({ '/bin/sh': '#!/bin/real -x\n', '/bin/real': 'static' })).toEqual(['/bin/sh']);
    expect(await found({ '/bin/sh': '#!/bin/sh\n' })).toBeUndefined();
  });
});
