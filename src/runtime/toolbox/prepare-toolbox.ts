import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../../model/error.js';
import type { RunFolder } from '../container/folder.js';
import type { BindMount } from '../spec/user-mounts.js';
import { APPLETS_TARGET, BUSYBOX_TARGET, toolMount } from './tool-mounts.js';

/** Programs to bring along, on this machine. */
export interface Toolbox {
  readonly busybox: string;
  /** A folder of links to {@link BUSYBOX_TARGET}, one for each applet. */
  readonly applets: string;
}

/** More than any busybox has. */
const MOST_APPLETS = 2000;

/**
 * Returns the toolbox of that busybox; its folder of links is made once and kept until the next boot. Only links are in
 * there: the folder may be where nothing can be executed. Throws E_TOOL_MISSING when busybox does not list its applets.
 */
export async function prepareToolbox(run: RunFolder, busybox: string): Promise<Toolbox> {
  const { mtimeMs, size, ino } = await stat(busybox);
  const key = createHash('sha256').update([busybox, mtimeMs, size, ino].join('\0')).digest('hex');
  const parent = path.join(run.root, 'toolbox');
  const applets = path.join(parent, key.slice(0, 16));
  if (existsSync(applets)) return { busybox, applets };
  await mkdir(parent, { recursive: true, mode: 0o711 });
  await chmod(parent, 0o711);
  const made = await mkdtemp(path.join(parent, 'new-'));
  try {
    for (const name of listApplets(busybox))
      await symlink(`../${path.basename(BUSYBOX_TARGET)}`, path.join(made, name));
    await chmod(made, 0o755);
    await rename(made, applets);
  } catch (thrown) {
    await rm(made, { recursive: true, force: true });
    // Somebody else may have been faster.
    if (!existsSync(applets)) throw thrown;
  }
  return { busybox, applets };
}

/** Returns what has to be mounted so that the toolbox is in a container. */
export function toolboxMounts({ busybox, applets }: Toolbox): readonly BindMount[] {
  return [toolMount(busybox, BUSYBOX_TARGET), toolMount(applets, APPLETS_TARGET)];
}

function listApplets(busybox: string): readonly string[] {
  const { stdout, status, error } = spawnSync(busybox, ['--list'], {
    encoding: 'utf8',
    env: {},
    timeout: 10_000,
  });
  const names = (error === undefined ? stdout : '')
    .split('\n')
    .filter((name) => /^[\w[.+-]+$/.test(name) && !/^\.+$/.test(name));
  if (status !== 0 || !names.includes('sh'))
    fail('E_TOOL_MISSING', `asking ${busybox} for its applets: it does not list a shell`, {
      hint: 'as root: apt-get install -y busybox-static',
    });
  return [...new Set(names)].slice(0, MOST_APPLETS);
}
