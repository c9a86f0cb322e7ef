import path from 'node:path';
import { string } from '@oclif/core/args';
import { runFolder } from '../../runtime/container/folder.js';
import { checkPrivate } from '../../runtime/container/private-folder.js';
import type { ContainerPlace } from '../../runtime/container/state.js';
import { ownerOutside } from '../../runtime/own-id-map.js';
import { derivedKey } from '../../store/derived.js';
import type { Context } from '../program/context.js';
import { ownStore } from '../program/own-store.js';

/** Returns where this user's containers of the store are. */
export async function containerPlace(
  context: Pick<Context, 'store' | 'storePaths' | 'env'>,
): Promise<ContainerPlace> {
  const store = await ownStore(context);
  const run = runFolder(derivedKey(store.paths.root), ownerOutside(), context.env);
  if (run.mode === 0o700) checkPrivate(path.dirname(run.root), process.getuid?.() ?? -1);
  return { store, run };
}

/** The CONTAINER argument. */
export function containerArgument() {
  return string({
    name: 'CONTAINER',
    description: 'Container: its name, its id, or how its id begins and no other does.',
    required: true,
    ignoreStdin: true,
  });
}
