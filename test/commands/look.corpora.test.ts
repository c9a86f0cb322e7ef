import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Find from '../../src/commands/find.js';
import Ls from '../../src/commands/ls.js';
import Tree from '../../src/commands/tree.js';
import { corpora } from '../helpers/corpora.js';
import { CONTROL, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';

useFolder();

/** Every hostile layer but those that are slow on purpose, which the tests of reading have. */
const LAYERS = readFileSync(path.join(corpora(), 'MANIFEST.tsv'), 'utf8')
  .split('\n')
  .map((line) => line.split('\t')[0])
  .filter((name) => /^hostile\/layers\/.*\.tar$/.test(name) && !name.includes('/load/'));

describe('hostile layers', () => {
  test('there are many', () => {
    expect(LAYERS.length).toBeGreaterThan(150);
  });

  test('are listed with no control character, and as the schemas say, or refused with a code', async () => {
    for (const name of LAYERS) {
      const image = `rootfs:${path.join(corpora(), name)}`;
      const find = await runCommand(Find, [image, '--json']);
      expect([name, [0, 3].includes(find.status)]).toEqual([name, true]);
      if (find.status !== 0) continue;
      validJson('find.json', find);
      validJson('ls.json', await runCommand(Ls, [image, '--layer', '1', '--json']));
      for (const ended of [
        await runCommand(Ls, [image, '-R', '--deleted']),
        await runCommand(Tree, [image, '--changes', '--sizes']),
      ]) {
        expect([name, ended.status]).toEqual([name, 0]);
        expect(ended.stdout + ended.stderr).not.toMatch(CONTROL);
      }
    }
  }, 300_000);
});
