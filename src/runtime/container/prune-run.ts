import { lstat, readlink, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isNamed } from '../../store/exists.js';
import { isAbsent } from '../../store/failure.js';
import { isQuarantined } from '../../store/fsck-run.js';
import { namesIfAny } from '../../store/if-any.js';
import type { Tally } from '../../store/removal.js';
import { removeTree } from '../../store/remove-tree.js';
import { treeBytes } from '../../store/tree-bytes.js';
import { ID } from './containers.js';
import { controlGroupParent, controlledProcesses, endControlGroups } from './control-groups.js';
import { monitorPid } from '../monitor/monitor-process.js';
import { firstProcess } from '../rootless/first-processes.js';
import { type ContainerFolder, containerFolder } from './folder.js';
import type { ContainerPlace } from './state.js';

/** Names that runFolder gives, and the file in which is kept whether EROFS works for the store. */
const KEY = /^([0-9a-f]{12})(?:\.store|\.erofs)?$/;

/**
 * Removes what is left at run time of containers that are gone; returns how much. Of stores that are gone too, which is
 * not counted: it was not theirs who asks.
 */
export async function removeRunFolders(
  { store, run }: ContainerPlace,
  { dryRun, grace }: { readonly dryRun: boolean; readonly grace: number },
): Promise<Tally> {
  if (!dryRun) await removeForeign(run.root);

  const doomed: string[] = [];
  const oldest = Date.now() - grace;
  // A container's folder in the store is there before this one, and goes before it.
  const known = [...namesIfAny(run.root), ...namesIfAny(run.engine)];
  const ids = new Set([...known, ...namesIfAny(run.exits)].filter((name) => ID.test(name)));
  for (const id of ids) {
    const folder = containerFolder(store.paths.root, run, id);
    if (isNamed(folder.root)) continue;
    const parent = controlGroupParent(id, [folder.known]);
    // A repair that put its record aside did not end it.
    if (isQuarantined(store, folder.root) && (await runs(folder, parent))) continue;
    if (!dryRun) await endControlGroups(id, parent);
    for (const place of [folder.run, folder.known]) if (isNamed(place)) doomed.push(place);
    const exit = await lstat(folder.exit).catch(() => undefined);
    if (exit !== undefined && exit.mtimeMs < oldest) doomed.push(folder.exit);
  }

  let bytes = 0;
  for (const place of doomed) {
    bytes += await treeBytes(place);
    if (!dryRun) await removeTree(place);
  }
  return { files: doomed.length, bytes };
}

/** Whether anything of a container runs; without control groups conmon and the runtime know. */
async function runs(folder: ContainerFolder, parent: string | undefined): Promise<boolean> {
  return (
    controlledProcesses(folder.id, parent).length > 0 ||
    firstProcess(folder.known) !== undefined ||
    (await monitorPid(folder)) !== undefined
  );
}

/**
 * Removes what is kept for stores that are gone. What was tried of EROFS for a store that never had a container says not of
 * which store it is: who needs it tries again.
 */
async function removeForeign(own: string): Promise<void> {
  const base = path.dirname(own);
  const present = new Set(namesIfAny(base));
  for (const key of new Set([...present].flatMap((name) => KEY.exec(name)?.[1] ?? []))) {
    const folder = path.join(base, key);
    if (await isOfNoStore(folder))
      for (const name of [key, `${key}.store`, `${key}.erofs`]) await removeTree(path.join(base, name));
    else if (folder !== own && !present.has(key) && !present.has(`${key}.store`))
      await rm(`${folder}.erofs`, { force: true });
  }
}

/** True for a run folder whose store is not there any more, and of whose containers nothing runs. */
async function isOfNoStore(folder: string): Promise<boolean> {
  let store: string;
  try {
    store = await readlink(`${folder}.store`);
  } catch {
    return false;
  }
  const gone = await stat(store).then(
    () => false,
    (thrown: unknown) => isAbsent(thrown),
  );
  if (!gone) return false;
  const engine = path.join(folder, 'engine');
  const ids = [...namesIfAny(folder), ...namesIfAny(engine)].filter((name) => ID.test(name));
  for (const id of ids) {
    const parent = controlGroupParent(id, [path.join(engine, id)]);
    if (controlledProcesses(id, parent).length > 0) return false;
  }
  return true;
}
