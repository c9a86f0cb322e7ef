import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { file, whiteout } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import Blame from '../../src/commands/blame.js';
import Deleted from '../../src/commands/deleted.js';
import Find from '../../src/commands/find.js';
import { HOSTILE } from '../helpers/hostile-image.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const deleted = (...argv: string[]) => runCommand(Deleted, argv);

interface Version {
  readonly path: string;
  readonly layer: number;
  readonly added: number;
  readonly size: number;
  readonly content?: string;
  readonly gone: { readonly layer: number; readonly how: string; readonly replaced: boolean };
  readonly again: { readonly path: string; readonly layer: number; readonly shown: boolean } | null;
}
interface DeletedJson {
  readonly layers: readonly { readonly layer: number; readonly instruction: string | null }[];
  readonly versions: readonly Version[];
  readonly found: number;
  readonly paths: number;
  readonly bytes: number;
}
async function json(...argv: string[]): Promise<DeletedJson> {
  return validJson('deleted.json', await deleted(...argv, '--json')) as DeletedJson;
}

/** An image whose content comes back, in every way it can. */
let leaky = '';
beforeAll(async () => {
  leaky = path.join(folder(), 'leaky');
  mkdirSync(leaky);
  const layers = await Promise.all([
    layer([
      file('moved', 'MOVED'),
      file('same', 'SAME'),
      file('twice', 'TWICE'),
      file('gone', 'GONE'),
      file('empty', ''),
    ]),
    layer([
      whiteout('moved'),
      file('here', 'MOVED'),
      whiteout('same'),
      whiteout('twice'),
      whiteout('gone'),
      whiteout('empty'),
    ]),
    layer([file('same', 'SAME'), file('hidden/too', 'TWICE'), file('void', '')]),
    layer([whiteout('hidden')]),
  ]);
  const steps = layers.map((one, i) => ({ createdBy: `RUN step ${String(i + 1)} ${HOSTILE}`, layer: one }));
  writeFolder(leaky, simpleLayout(image({ steps }), 'leaky'));
});

describe('deleted', () => {
  test('the secret of the demo is on the first screen, with who brought it and who removed it', async () => {
    const { status, stdout } = await runCommand(Deleted, [DEMO], { tty: 120 });
    expect(status).toBe(0);
    const screen = linesOf(withoutColour(stdout)).slice(0, 30);
    const line = screen.find((text) => text.includes('/root/.deploy/token'));
    expect(line).toMatch(
      /^ +46 B +6 COPY deploy \/root\/\S* +8 removed +RUN rm -rf \/root\/\S* +\/root\/\.deploy\/token$/,
    );
    expect(screen[0]).toMatch(/^ +SIZE +ADDED +GONE +PATH$/);
    expect(screen.at(-1)).toBe('24 hidden versions of 23 paths, 337 kB');
  });

  test('lists what find --deleted finds, largest first, with the sum of its bytes', async () => {
    const found = JSON.parse((await runCommand(Find, [DEMO, '--deleted', '--json'])).stdout) as {
      files: { path: string; size: number; layer: number }[];
    };
    const ours = await json(DEMO);
    const key = (one: { path: string; layer: number }): string => `${one.path} ${String(one.layer)}`;
    expect(ours.versions.map(key).sort()).toEqual(found.files.map(key).sort());
    const sizes = ours.versions.map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(ours.found).toBe(found.files.length);
    expect(ours.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  test('layers and ends are those that blame tells', async () => {
    for (const { path: name, layer: last, added, gone } of (await json(DEMO, '--kind', 'f')).versions) {
      const blamed = JSON.parse((await runCommand(Blame, [DEMO, name, '--json'])).stdout) as {
        steps: { layer: number; kind: string; facets: string[] }[];
      };
      const at = blamed.steps.findIndex((step) => step.layer === last);
      const next = blamed.steps[at + 1];
      expect([name, next.layer]).toEqual([name, gone.layer]);
      expect(next.kind).toBe(gone.how);
      const first = blamed.steps
        .slice(0, at + 1)
        .findLast(({ kind }) => kind === 'added' || kind === 'replaced');
      expect([name, first?.layer]).toEqual([name, added]);
    }
    const [config] = (await json(DEMO, '/app/config.json')).versions;
    expect(config).toMatchObject({
      layer: 10,
      added: 5,
      gone: { layer: 11, how: 'replaced', replaced: true },
    });
  });

  test('AGAIN: the same bytes shown elsewhere, shown again, in a later layer that hides them too, nowhere', async () => {
    const { versions } = await json(leaky, '--sort', 'name');
    const again = Object.fromEntries(versions.map((one) => [one.path, one.again]));
    expect(again).toMatchObject({
      '/moved': { path: '/here', layer: 2, shown: true },
      '/same': { path: '/same', layer: 3, shown: true },
      '/twice': { path: '/hidden/too', layer: 3, shown: false },
      '/gone': null,
      '/empty': null,
      '/hidden/too': null,
    });
    const { stdout } = await deleted(leaky);
    expect(stdout).toMatch(/\/moved +shown: \/here$/m);
    expect(stdout).toMatch(/\/twice +layer 3: \/hidden\/too$/m);
    expect(stdout).toMatch(/\/gone$/m);
  });

  test('hostile instructions neither reach the terminal nor are repeated for each file in JSON', async () => {
    for (const tty of [40, 80, 200]) {
      const { stdout } = await runCommand(Deleted, [leaky], { tty });
      expect(withoutColour(stdout)).not.toMatch(CONTROL);
    }
    const ended = await deleted(leaky, '--json');
    expect(ended.stdout.split('step 2 ')).toHaveLength(2);
    expect((await json(leaky)).layers[0].instruction).toContain(HOSTILE);
  });

  test('conditions of find, order, --most, --bytes', async () => {
    const names = async (...argv: string[]): Promise<string[]> =>
      (await json(DEMO, ...argv)).versions.map((one) => one.path);
    expect(await names('--name', 'token')).toEqual(['/root/.deploy/token']);
    expect(await names('/root', '--kind', 'f', '--sort', 'name')).toEqual([
      '/root/.deploy/aws',
      '/root/.deploy/id_rsa',
      '/root/.deploy/token',
    ]);
    expect(await names('--size', '+80kB', '--reverse')).toEqual([
      '/usr/bin/curl',
      '/var/lib/apt/lists/deb.example_debian_dists_bookworm_main_binary_Packages.lz4',
    ]);
    expect(await names('--layer', '6', '--kind', 'd')).toEqual(['/root/.deploy']);
    const { stdout } = await deleted(DEMO, '--most', '2', '--bytes');
    expect(linesOf(stdout)).toHaveLength(4);
    expect(stdout).toMatch(/^2 of 24 hidden versions of 23 paths, \d{6}$/m);
    expect((await json(DEMO, '--most', '2')).found).toBe(24);
  });

  test('an older snapshot hides less, and knows nothing of later layers', async () => {
    const before = await json(`${DEMO}@7`, '/root');
    expect(before.found).toBe(0);
    expect(Math.max(...before.layers.map((one) => one.layer))).toBe(7);
    expect((await deleted(`${DEMO}@7`, '/root')).stdout).toBe('nothing is hidden\n');
    const moved = (await json(`${leaky}@2`, '--name', 'twice')).versions;
    expect(moved[0].again).toBeNull();
  });

  test('--exit-code is 1 when something is found', async () => {
    expect((await deleted(DEMO, '--name', 'id_rsa', '--exit-code')).status).toBe(1);
    expect((await deleted(DEMO, '--name', 'id_dsa', '--exit-code')).status).toBe(0);
    expect((await deleted(DEMO, '--name', 'id_rsa')).status).toBe(0);
    expect((await deleted(DEMO, '--exit-code', '--most', '0')).status).toBe(1);
  });

  test('-0 gives exact names, not to a terminal', async () => {
    const { bytes } = await deleted(DEMO, '/root', '-0', '--sort', 'name');
    expect(bytes.toString()).toBe(
      '/root/.deploy\0/root/.deploy/aws\0/root/.deploy/id_rsa\0/root/.deploy/token\0',
    );
    const refused = await runCommand(Deleted, [DEMO, '-0'], { tty: 80 });
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('E_BINARY_TO_TERMINAL')]);
  });

  test('a path that no layer has is an error', async () => {
    const { status, stderr } = await deleted(DEMO, '/nope');
    expect([status, stderr]).toEqual([4, expect.stringMatching(/^E_NOT_FOUND: .*\nhint: /m)]);
  });
});
