import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { facetNames } from '../../../src/layers/union/facets.js';
import { unite } from '../../../src/layers/union/unite.js';
import { changeLetter } from '../../../src/runtime/changes/container-change.js';
import { changesOf } from '../../../src/runtime/changes/changes-of.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { readUpper } from '../../../src/runtime/upper/read-upper.js';
import { type Container, indexTar, mountContainer } from '../../helpers/container.js';
import { useFolder } from '../../helpers/look.js';
import { sparseTar } from '../../helpers/sparse.js';
import { needRoot } from '../../helpers/tool.js';

/* A container's changes are what differs, each once, as high up as it can be said. */

const folder = useFolder();
let running: Container | undefined;
let count = 0;
beforeAll(() => {
  needRoot();
  enterPrivateMounts();
});
afterEach(() => {
  running?.unmount();
  running = undefined;
});

async function changesAfter(script: string): Promise<string[]> {
  const own = path.join(folder(), String(count++));
  mkdirSync(path.join(own, 'lower'), { recursive: true });
  const shell = (cwd: string, text: string): Buffer => execFileSync('bash', ['-euc', text], { cwd });
  shell(
    path.join(own, 'lower'),
    `mkdir -p etc dir/sub; echo a > etc/a; echo b > etc/b; echo x > dir/x; echo y > dir/sub/y; ln etc/a etc/also
     find . -exec touch -d '2020-01-01' {} +`,
  );
  running = await mountContainer(own);
  shell(running.merged, script);
  const changes = await changesOf(running.union, 1, readUpper(running.upper, { overlayXattrs: 'trusted' }));
  return changes.map((change) => [changeLetter(change), change.path, ...facetNames(change.facets)].join(' '));
}

test.each([
  ['true', []],
  ['chmod 600 etc/b', ['C /etc/b mode']],
  ['echo c > etc/b; touch -d 2020-01-01 etc/b', ['C /etc/b content']],
  ['echo longer > etc/b; touch -d 2020-01-01 etc/b', ['C /etc/b content']],
  ['chown 1 etc/b; setfattr -n user.x -v y etc/b', ['C /etc/b owner xattrs']],
  ['echo n > etc/new', ['C /etc mtime', 'A /etc/new']],
  ['rm -r dir; touch -d 2020-01-01 .', ['D /dir']],
  ['rm -r dir; mkdir dir; echo z > dir/z; touch -d 2020-01-01 dir', ['D /dir/sub', 'D /dir/x', 'A /dir/z']],
  [
    'rm -r dir; echo f > dir; chmod 755 dir; touch -d 2020-01-01 dir',
    ['C /dir kind', 'D /dir/sub', 'D /dir/x'],
  ],
  ['rm etc/b; ln -s a etc/b; touch -h -d 2020-01-01 etc/b etc', ['C /etc/b kind mode']],
  ['chmod 600 etc/a', ['C /etc/a mode links']],
  ['chmod 644 etc/a', ['C /etc/a links']],
  ['touch etc/t; rm etc/t; touch -d 2020-01-01 etc', []],
  ['touch .', []],
])('%s', async (script, expected) => {
  expect(await changesAfter(script)).toEqual(expected);
});

test.each([
  ['x', ['mode']],
  ['y', ['content', 'mode']],
])(
  'a file of a terabyte that was copied up (%s where the layer has x) differs in what it does',
  async (letter, facets) => {
    const own = path.join(folder(), String(count++));
    mkdirSync(own);
    const file = path.join(own, 'huge');
    writeFileSync(file, letter.repeat(512));
    truncateSync(file, 2 ** 40);
    chmodSync(file, 0o600);
    utimesSync(file, 0, 0);
    const union = unite([await indexTar(sparseTar([['huge', 2 ** 40]]))]);
    const changes = await changesOf(union, 1, readUpper(own, { overlayXattrs: 'trusted' }));
    const huge = changes.find((change) => change.path === '/huge');
    expect(facetNames(huge?.facets ?? 0)).toEqual(facets);
  },
);
