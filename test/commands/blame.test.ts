import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { file, opaque, whiteout } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import Blame from '../../src/commands/blame.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const blame = (...argv: string[]) => runCommand(Blame, argv);

interface BlameJson {
  readonly path: string;
  readonly steps: readonly {
    readonly layer: number;
    readonly kind: string;
    readonly facets: readonly string[];
    readonly file: { readonly size: number } | null;
    readonly instruction: string;
    readonly by?: { readonly how: string; readonly path: string };
    readonly diff?: {
      readonly kind: string;
      readonly hunks?: readonly { readonly lines: readonly string[] }[];
    };
  }[];
}
async function json(...argv: string[]): Promise<BlameJson> {
  return validJson('blame.json', await blame(...argv, '--json')) as BlameJson;
}

describe('blame', () => {
  test('tells each layer that touched a path, oldest first, with its instruction', async () => {
    expect((await blame(DEMO, '/app/config.json')).stdout).toBe(
      [
        'LAYER   SIZE  MODE  OWNER      MODIFIED          WHAT',
        '    5  110 B  0644  0:0        2026-03-01 12:08  + added',
        '       2ab3fb6fab82  COPY . /app',
        '    9  110 B  0664  0:0        2026-03-01 12:08  ~ metadata: mode',
        '       2ab3fb6fab82  RUN chmod -R g+w /app',
        '   10  110 B  0664  1000:1000  2026-03-01 12:08  ~ metadata: owner',
        '       2ab3fb6fab82  RUN chown -R notes:notes /app',
        '   11  109 B  0664  1000:1000  2026-03-01 12:14  ~ replaced: content, mtime',
        `       3ffe3a4eefdd  RUN <<EOF set -e ln -sfn releases/2 /app/current sed -i 's/"theme": "light"/"theme": "dark"/' /app/config.json EOF`,
        '',
      ].join('\n'),
    );
  });

  test('up to a snapshot only', async () => {
    expect((await json(`${DEMO}@9`, '/app/config.json')).steps.map(({ layer }) => layer)).toEqual([5, 9]);
    expect((await blame(`${DEMO}@4`, '/app/config.json')).status).toBe(4);
  });

  test('knows what is gone, also through links that are there no more', async () => {
    const { steps } = await json(DEMO, '/root/.deploy/token');
    expect(steps.map(({ layer, kind, file }) => [layer, kind, file?.size])).toEqual([
      [6, 'added', 46],
      [8, 'hidden', undefined],
    ]);
    expect((await json(DEMO, '/bin/curl')).path).toBe('/usr/bin/curl');
    expect((await json(DEMO, '/root/.deploy')).steps.map(({ kind }) => kind)).toEqual(['added', 'removed']);
    expect((await blame(DEMO, '/app/current')).stdout).toContain(
      '~ replaced: owner, mtime, link -> releases/2',
    );
  });

  test('says what hid a path: the whiteout, opaque mark or file above it', async () => {
    const at = path.join(folder(), 'hidden');
    const steps = await Promise.all(
      [
        ['a/b/c', 'd/e', 'f/g'].map((name) => file(name, 'x')),
        [whiteout('a'), opaque('d'), file('f', 'now a file')],
      ].map(async (members, i) => ({ createdBy: `step ${String(i)}`, layer: await layer(members) })),
    );
    writeFolder(at, simpleLayout(image({ steps }), 'x'));
    for (const [name, words] of [
      ['/a/b/c', '- hidden: /a was removed'],
      ['/d/e', '- hidden: /d was made opaque'],
      ['/f/g', '- hidden: /f was replaced'],
    ])
      expect((await blame(`oci:${at}`, name)).stdout).toContain(words);
    expect((await json(`oci:${at}`, '/d/e')).steps.map(({ by }) => by)).toEqual([
      undefined,
      { how: 'opaque', path: '/d' },
    ]);
  });

  test('--diff shows the differences that diff -u finds, and says why where it shows none', async () => {
    const { stdout } = await blame(DEMO, '/app/config.json', '--diff');
    expect(stdout).toContain(
      [
        '--- /app/config.json@10',
        '+++ /app/config.json@11',
        '@@ -1,6 +1,6 @@',
        ' {',
        '   "name": "harbour-notes",',
        '-  "theme": "light",',
        '+  "theme": "dark",',
        '   "releases": 2,',
        '   "upload": {',
        '     "maxBytes": 1048576',
        '',
      ].join('\n'),
    );
    const { steps } = await json(DEMO, '/app/config.json', '--diff');
    expect(steps.map(({ diff }) => diff?.kind)).toEqual([undefined, undefined, undefined, 'text']);
    expect(linesOf((await blame(DEMO, '/usr/bin/busybox', '--diff')).stdout)).toHaveLength(3);
  });

  test('a terminal gets instructions cut to its width and no control character of the image', async () => {
    const { stdout } = await runCommand(Blame, [DEMO, '/app/config.json', '--color=always', '--diff'], {
      tty: 60,
    });
    for (const line of linesOf(withoutColour(stdout)).filter((text) => text.includes('RUN')))
      expect(line.length).toBeLessThanOrEqual(60);
    expect(stdout).toContain('\x1b[32m+  "theme": "dark",\x1b[39m');
    expect(withoutColour(stdout)).not.toMatch(CONTROL);
  });

  test('a path that was never there ends with 4 and says how to search', async () => {
    const { status, stderr } = await blame(DEMO, '/usr/bin/nope');
    expect(status).toBe(4);
    expect(stderr).toMatch(
      /E_NOT_FOUND: looking up \/usr\/bin\/nope: no layer up to 12 has it\nhint: .*find .* --name 'nope'/,
    );
    expect((await blame(DEMO)).status).toBe(2);
  });
});
