import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Deleted from '../../src/commands/deleted.js';
import Recover from '../../src/commands/recover.js';
import { plantCanary, useNamedCanary } from '../helpers/canary.js';
import { corpora } from '../helpers/corpora.js';
import { CONTROL, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { readableImages } from '../helpers/readable-images.js';
import { removeTree } from '../helpers/remove.js';
import { runCommand } from '../helpers/run-command.js';
import { dockerSave, fileOf, tar } from '../images/build.js';

const FOLDER = path.join(corpora(), 'hostile/layers');
const folder = useFolder();
const named = useNamedCanary();

/** Every hostile layer but those that are slow on purpose; a case of several layers is one. */
const cases = new Map<string, string[]>();
for (const kind of readdirSync(FOLDER).filter((name) => name !== 'load'))
  for (const name of readdirSync(path.join(FOLDER, kind)).sort()) {
    const key = `${kind}/${name.replace(/(\.L\d+)?\.tar(\.\w+)?$/, '')}`;
    cases.set(key, [...(cases.get(key) ?? []), path.join(FOLDER, kind, name)]);
  }

/** The top of the stack: a layer without anything but the opaque marker of the root, which hides all that is below. */
const EVERYTHING_GONE = tar([['.wh..wh..opq', '']]);

/** Lists and recovers all that the image hides; returns how many versions there were, -1 where it is refused. */
async function tryAll(image: string): Promise<number> {
  const hx = path.join(folder(), 'hx');
  removeTree(hx);
  mkdirSync(hx, { recursive: true });
  const victim = plantCanary(path.join(hx, 'victim'));
  const listed = await runCommand(Deleted, [image, '--json']);
  expect(listed.stdout + listed.stderr).not.toContain('E_INTERNAL');
  expect([0, 3]).toContain(listed.status);
  if (listed.status !== 0) return -1;
  const { found } = validJson('deleted.json', listed) as { found: number };
  const shown = await runCommand(Deleted, [image], { tty: 100 });
  expect(shown.status).toBe(0);
  expect(withoutColour(shown.stdout)).not.toMatch(CONTROL);
  const root = path.join(hx, 'root');
  const ended = await runCommand(Recover, [image, '--all', '-o', root, '--json', '--despite-errors']);
  expect(ended.stdout + ended.stderr).not.toContain('E_INTERNAL');
  expect(found === 0 ? [4] : [0, 3]).toContain(ended.status);
  if (ended.status === 0)
    expect((validJson('recover.json', ended) as { versions: number }).versions).toBe(found);
  expect(existsSync(root)).toBe(ended.status === 0);
  if (ended.status === 0) expect(lstatSync(root).isDirectory()).toBe(true);
  expect(readdirSync(hx).sort()).toEqual(existsSync(root) ? ['root', 'victim'] : ['victim']);
  victim.check();
  named().check();
  return found;
}

describe('hostile layers below one that hides them all', () => {
  test('there are as many as the corpus has', () => {
    expect(cases.size).toBeGreaterThan(200);
  });

  test('each is listed as the schema says and recovered inside the destination, or refused with a code', async () => {
    let recovered = 0;
    for (const [name, files] of cases) {
      const layers = [...files.map((file) => readFileSync(file)), EVERYTHING_GONE];
      const image = fileOf(folder(), tar(dockerSave([{ layers, tags: ['hx:1'] }])), 'hostile.tar');
      try {
        if ((await tryAll(image)) > 0) recovered += 1;
      } catch (error) {
        throw new Error(name, { cause: error });
      }
    }
    expect(recovered).toBeGreaterThan(150);
  }, 600_000);
});

test('every readable image of the corpora: what is hidden is listed and recovered whole', async () => {
  let hidden = 0;
  for (const { name } of await readableImages()) {
    const found = await tryAll(name);
    expect([name, found >= 0]).toEqual([name, true]);
    if (found > 0) hidden += 1;
  }
  expect(hidden).toBeGreaterThan(2);
}, 300_000);
