import { mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ended, lineInDirectory, spawnProgram, type SpawnOptions } from '../../../src/runtime/sys/spawn.js';

interface Said {
  readonly text: string;
  readonly status: number | undefined;
}

/** What a program says on its standard output, and how it ends. */
async function said(
  [program, ...words]: readonly [string, ...string[]],
  options: Omit<SpawnOptions, 'stdio'> = {},
): Promise<Said> {
  const { pid, pipes } = spawnProgram(program, words, { ...options, stdio: ['null', 'pipe'] });
  let text = '';
  for await (const part of pipes[0].setEncoding('utf8') as AsyncIterable<string>) text += part;
  return { text, status: await ended(pid) };
}

const sh = (script: string, options?: Omit<SpawnOptions, 'stdio'>): Promise<Said> =>
  said(['sh', '-c', script], options);

const newFolder = (): string => realpathSync(mkdtempSync(path.join(tmpdir(), 'strata-spawn-')));

describe('a program that is started', () => {
  test('is told what it is asked for and nothing else', async () => {
    const directory = newFolder();
    // Node ignores SIGPIPE, bit 12; the session is the sixth field (proc_pid_stat(5)).
    const script = `echo $A "$B" $(pwd); ls -l /proc/$$/fd | sed -n 's/.* \\([0-9]*\\) -> .*/\\1/p' | sort -n | head -2 | tr '\\n' ' '
grep SigIgn /proc/$$/status | grep -c '[13579bdf][0-9a-f]\\{3\\}$'; cut -d' ' -f6 /proc/$$/stat | grep -cx $$; cat; exit 42`;
    const { text, status } = await sh(script, {
      directory,
      session: true,
      environment: { PATH: process.env.PATH, A: 'a', B: '', C: undefined },
    });
    expect([text.split('\n'), status]).toEqual([[`a  ${directory}`, '0 1 0', '1', ''], 42]);
  });

  test('gives whole characters, whatever their pieces, and undefined where a signal ended it', async () => {
    const long = '€'.repeat(3000);
    expect(await sh(`printf %s ${long}; kill -9 $$`)).toEqual({ text: long, status: undefined });
  });

  test('is in the directory that it is to be in also where the C library does not know of that', async () => {
    const directory = newFolder();
    const line = lineInDirectory(directory, ['sh', '-c', 'pwd; echo "$@"; exit 42', 'sh', '-a', ' b  c']);
    expect(await said(line)).toEqual({ text: `${directory}\n-a  b  c\n`, status: 42 });
  });

  test('that is not there is an error with its name, and leaves no descriptor open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const start = (): unknown => spawnProgram('no-such-program', [], { stdio: ['null', 'pipe', 'pipe'] });
    expect(start).toThrow(/^starting no-such-program: no such file/);
    const before = open();
    expect(start).toThrow();
    expect(open()).toBe(before);
  });

  test('that says nothing keeps no thread waiting: files are still read, and the process can end', async () => {
    // More than the threads that there are for files.
    const busy = Array.from({ length: 8 }, () =>
      spawnProgram('sleep', ['1000'], { stdio: ['null', 'pipe'] }),
    );
    const ends = busy.map(({ pipes }) => pipes[0].resume().toArray());
    const file = path.join(newFolder(), 'file');
    writeFileSync(file, 'read');
    try {
      expect(await readFile(file, 'utf8')).toBe('read');
    } finally {
      for (const { pid } of busy) process.kill(pid, 'SIGKILL');
    }
    await Promise.all([...ends, ...busy.map(({ pid }) => ended(pid))]);
  });
});

test('how a program ended that is no child is not known', async () => {
  await expect(ended(999_999_999)).rejects.toThrow(/^waiting for process 999999999: /);
});
