import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type ContainerFolder, containerFolder, runFolder } from '../../../src/runtime/container/folder.js';
import { generateId } from '../../../src/runtime/container/names.js';
import { findEngine, findMonitor } from '../../../src/runtime/engine/find-engine.js';
import { beginMonitor, type WaitingMonitor } from '../../../src/runtime/monitor/conmon.js';
import { useFolder } from '../../helpers/look.js';

const place = useFolder();

function begun(): { readonly folder: ContainerFolder; readonly monitor: WaitingMonitor } {
  const run = runFolder('0123456789ab', 1, { XDG_STATE_HOME: place() });
  const folder = containerFolder(path.join(place(), 'store'), run, generateId());
  for (const directory of [folder.bundle, folder.run, run.engine, run.exits])
    mkdirSync(directory, { recursive: true });
  const engine = { ...findEngine('crun'), cgroups: undefined, stateFolder: run.engine };
  const options = { terminal: false, stdin: false, keepStdin: false, volatile: true };
  return { folder, monitor: beginMonitor({ monitor: findMonitor(), engine, folder, run, ...options }) };
}

/** Words of the processes that name the container, however they are told it. */
function processesOf(id: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'latin1')];
      } catch {
        return [];
      }
    })
    .filter((words) => words.includes(id));
}

async function gone(id: string): Promise<boolean> {
  for (let waited = 0; waited < 5000; waited += 10) {
    if (processesOf(id).length === 0) return true;
    await sleep(10);
  }
  return false;
}

test('conmon waits until it is asked to create, and creates nothing once it is dismissed', async () => {
  const { folder, monitor } = begun();
  await sleep(200);
  expect(processesOf(folder.id)).toHaveLength(1);
  expect([existsSync(`${folder.run}/monitor`), existsSync(folder.known)]).toEqual([false, false]);
  monitor.dismiss();
  monitor.dismiss();
  expect(await gone(folder.id)).toBe(true);
  expect([existsSync(`${folder.run}/monitor`), existsSync(folder.known)]).toEqual([false, false]);
});

// conmon takes the end of the pipe for the word to begin.
test.each(['no configuration', 'no root directory'])(
  'with %s nothing is created, and nobody is left',
  async (what) => {
    const { folder, monitor } = begun();
    if (what === 'no root directory') {
      execFileSync('crun', ['spec'], { cwd: folder.bundle });
      const file = path.join(folder.bundle, 'config.json');
      const config = JSON.parse(readFileSync(file, 'utf8')) as object;
      // Of a container whose program is the machine's own, by a volume.
      const mounts = [{ destination: '/', source: '/', type: 'bind', options: ['rbind'] }];
      writeFileSync(file, JSON.stringify({ ...config, root: { path: folder.rootfs }, mounts }));
    }
    await expect(monitor.create()).rejects.toMatchObject({ code: 'E_ENGINE' });
    expect(await gone(folder.id)).toBe(true);
    expect(existsSync(folder.known)).toBe(false);
    monitor.dismiss();
  },
);

test('one that was killed meanwhile is an error when it is asked', async () => {
  const { folder, monitor } = begun();
  await sleep(50);
  execFileSync('pkill', ['-9', '-f', folder.id]);
  await expect(monitor.create()).rejects.toMatchObject({ code: 'E_ENGINE' });
  expect(await gone(folder.id)).toBe(true);
});
