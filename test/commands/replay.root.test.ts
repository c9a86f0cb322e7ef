import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { dir, file, symlink } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { RUN } from '../helpers/run-command.js';
import { strata } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/* Steps of the demo image, run again. */

const folder = useFolder();
beforeAll(needRoot);
afterEach(() => {
  const ids = linesOf(strata('ps', '-aq').stdout);
  if (ids.length > 0) strata('rm', '-f', ...ids);
});

interface Shown {
  readonly ran: boolean;
  readonly command: readonly string[] | null;
  readonly status: number | null;
  readonly same: number | null;
  readonly missing: readonly { readonly path: string; readonly kind: string }[];
  readonly extra: readonly object[];
  readonly different: readonly { readonly path: string }[];
  readonly container: { readonly name: string } | null;
}

function replay(...argv: string[]): { status: number | null; shown: Shown } {
  const ended = strata('replay', '-q', '--json', ...argv);
  const caught = { ...ended, stderr: '', status: ended.status ?? -1, bytes: Buffer.from(ended.stdout) };
  return { status: ended.status, shown: validJson('replay.json', caught) as Shown };
}

test('an instruction that does the same again is the same, its here-document and shell too', () => {
  const removal = replay(`${DEMO}@7`);
  expect(removal.status).toBe(0);
  expect(removal.shown).toMatchObject({ ran: true, missing: [], extra: [], different: [], container: null });
  expect(removal.shown.same).toBeGreaterThan(1);
  const script = replay(`${DEMO}@10`).shown;
  expect(script).toMatchObject({ status: 0, missing: [], extra: [], different: [] });
  expect(script.command?.slice(0, 2)).toEqual(['/bin/sh', '-c']);
  expect(strata('ps', '-aq').stdout).toBe('');
});

test('one that fails ends as it does, and says what the layer had', () => {
  const { status, shown } = replay(`${DEMO}@2`);
  expect(status).toBe(127);
  expect(shown.missing).toContainEqual({ path: '/usr/bin/curl', kind: 'removed', facets: [] });
  const told = strata('replay', `${DEMO}@2`);
  expect(told.stderr).toMatch(
    /running: RUN rm -rf .*\n[\s\S]*warning: the instruction failed: exit status 127/,
  );
  expect(told.stdout).toMatch(
    /^compared with the layer: \d+ paths the same, \d+ missing, 0 extra, 0 different\nmissing {3}D /,
  );
});

test('what copies is named and not run; what changes no file is passed', () => {
  expect(replay(`${DEMO}@4`).shown).toMatchObject({ ran: false, status: null, command: null });
  const told = strata('replay', `${DEMO}@1`);
  expect(told.stderr).toMatch(/passed: CMD \["sh"\]\n.*passed: LABEL/s);
  expect(strata('replay', '-q', DEMO).stderr).toMatch(
    /^E_USAGE: replaying: no layer comes after snapshot @12\nhint: /,
  );
});

test('from the empty file system on: what copies has its own files, by a shell after it or a run of the layer', async () => {
  const first = replay(`${DEMO}@0`).shown;
  expect(first).toMatchObject({
    ran: false,
    snapshot: 0,
    instruction: expect.stringMatching(/^ADD /) as string,
  });
  const at = path.join(folder(), 'scratch');
  const busybox = [
    dir('bin'),
    file('bin/busybox', readFileSync('/bin/busybox'), { mode: 0o755 }),
    symlink('bin/sh', 'busybox'),
  ];
  const steps = [
    { createdBy: 'COPY busybox /bin/ # buildkit', layer: await layer(busybox) },
    { createdBy: 'ENV MADE=by' },
    { createdBy: 'WORKDIR /work', layer: await layer([dir('work')]) },
    { createdBy: 'ENV MADE=later' },
    {
      createdBy: 'RUN /bin/sh -c echo $MADE $PWD > made # buildkit',
      layer: await layer([file('work/made', 'later /work\n')]),
    },
    { createdBy: 'ENV MADE=last' },
  ];
  const execution = { Env: ['MADE=last'], WorkingDir: '/work' };
  writeFolder(at, simpleLayout(image({ steps, execution }), 'x'));
  expect(replay(`oci:${at}@2`).shown).toMatchObject({
    status: 0,
    same: 1,
    missing: [],
    extra: [],
    different: [],
  });

  const refused = strata('replay', '--keep', 'mine', `oci:${at}@0`);
  expect([refused.status, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/strata run --name mine oci:.*@1\n/),
  ]);
  const shell = spawnSync(process.execPath, [RUN, 'replay', '--shell', 'after', `oci:${at}@1`], {
    env: process.env,
    encoding: 'utf8',
    input: 'echo $MADE; pwd\n',
  });
  expect([shell.status, shell.stdout]).toEqual([0, 'by\n/\n']);
  expect(shell.stderr).toMatch(/not run: it made its directory; layer 2 has 1 added/);
  expect(strata('ps', '-aq').stdout).toBe('');
});

test('what was made can be kept and committed; a shell begins before or after', () => {
  const { shown } = replay('--keep', 'again', `${DEMO}@7`);
  expect(shown.container).toMatchObject({ name: 'again' });
  expect(linesOf(strata('changes', 'again').stdout)).toContain('D /root/.deploy');
  expect(strata('commit', '-q', 'again', 'demo:again').status).toBe(0);
  expect(strata('ls', '-q', 'store:demo:again', '/root').stdout).not.toContain('.deploy');
  const before = strata('replay', '-q', '--shell', 'before', `${DEMO}@7`);
  expect(before).toMatchObject({ status: 0, stdout: '' });
  const after = strata('replay', '--shell', 'after', `${DEMO}@7`);
  expect(after.stderr).toContain('the instruction ended with 0');
  expect(after.stdout).toContain('0 missing, 0 extra, 0 different');
});
