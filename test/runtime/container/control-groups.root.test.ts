import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { controlGroupParent, controlGroupsOf } from '../../../src/runtime/container/control-groups.js';
import { runFolder } from '../../../src/runtime/container/folder.js';
import { removeRunFolders } from '../../../src/runtime/container/prune-run.js';
import type { Store } from '../../../src/store/store.js';

const ROOT = '/sys/fs/cgroup';

test("a container's group is ended wherever its bundle says that it is", async () => {
  const hierarchy = existsSync(`${ROOT}/cgroup.procs`) ? ROOT : `${ROOT}/freezer`;
  const parent = `/strata-test-${randomBytes(4).toString('hex')}/session.scope`;
  const id = randomBytes(32).toString('hex');
  const group = path.join(hierarchy, parent, id);
  const bundle = mkdtempSync(path.join(tmpdir(), 'strata-'));
  const inside = spawn('sleep', ['60']);
  const ended = once(inside, 'exit');
  try {
    mkdirSync(path.join(group, 'inner'), { recursive: true });
    writeFileSync(path.join(group, 'inner/cgroup.procs'), String(inside.pid));
    const says = (cgroupsPath: unknown): string | undefined => {
      writeFileSync(path.join(bundle, 'config.json'), JSON.stringify({ linux: { cgroupsPath } }));
      return controlGroupParent(id, [path.join(bundle, 'gone'), bundle]);
    };
    expect(says(undefined)).toBeUndefined();
    expect(says('/strata/another')).toBeUndefined();
    expect(says(path.join(parent, id))).toBe(parent);

    // Of one whose folder in the store is gone the runtime's own knowledge is left.
    const run = runFolder('0123456789ab', 1001, { XDG_STATE_HOME: bundle });
    const place = { store: { paths: { root: path.join(bundle, 'store') } } as Store, run };
    const known = path.join(run.engine, id);
    mkdirSync(known, { recursive: true });
    writeFileSync(
      path.join(known, 'state.json'),
      JSON.stringify({ id, config: { cgroups: { path: path.join(parent, id) } } }),
    );
    expect(await removeRunFolders(place, { dryRun: false, grace: 0 })).toMatchObject({ files: 1 });
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(group)).toBe(false);
  } finally {
    inside.kill('SIGKILL');
    rmSync(bundle, { recursive: true, force: true });
    for (const made of [parent, path.dirname(parent)]) rmdirSync(path.join(hierarchy, made));
  }
});

test('a group that comes and goes meanwhile is there or is not', async () => {
  const id = 'f'.repeat(64);
  const parent = path.join(existsSync(`${ROOT}/cgroup.procs`) ? ROOT : `${ROOT}/freezer`, 'strata');
  const group = path.join(parent, id);
  const coming = spawn('sh', [
    '-c',
    'mkdir -p "$0"; while :; do mkdir "$1"; rmdir "$1"; done',
    parent,
    group,
  ]);
  try {
    const found = new Set<number>();
    for (const end = performance.now() + 20_000; performance.now() < end && found.size < 2;)
      for (let i = 0; i < 200; i++) found.add(controlGroupsOf(id).length);
    for (let i = 0; i < 1000; i++) controlGroupsOf(id);
    expect([...found].sort()).toEqual([0, 1]);
  } finally {
    const ended = once(coming, 'exit');
    coming.kill('SIGKILL');
    await ended;
    if (existsSync(group)) rmdirSync(group);
  }
}, 60_000);
