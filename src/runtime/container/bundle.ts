import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { StrataError } from '../../model/error.js';
import { writeAtomic } from '../../store/atomic.js';
import { failStore } from '../../store/failure.js';
import { durable } from '../../store/layout.js';
import { TEMPORARY } from '../../store/layout-names.js';
import type { Store } from '../../store/store.js';
import type { ResourcesConfig, RuntimeConfig } from '../spec/runtime-config.js';
import type { ContainerFolder } from './folder.js';

/** What the runtime was given for a container. Limits of processes above 2^53 are not exact in it. */
export interface Bundle {
  readonly config: RuntimeConfig;
  /** Byte for byte. */
  readonly text: string;
}

/** Returns the configuration of a container's bundle. Throws E_STORE. */
export async function readBundle(folder: ContainerFolder): Promise<Bundle> {
  try {
    const text = await readFile(configFile(folder), 'utf8');
    return { config: JSON.parse(text) as RuntimeConfig, text };
  } catch (thrown) {
    throw new StrataError('E_STORE', `reading what container ${folder.id} was made with`, { cause: thrown });
  }
}

/**
 * Replaces the resources of the configuration and leaves every other byte of it. Throws E_STORE, E_DISK_FULL,
 * E_UNWRITABLE.
 */
export async function writeResources(
  store: Store,
  folder: ContainerFolder,
  { config, text }: Bundle,
  resources: ResourcesConfig,
): Promise<void> {
  // Inside of a string the quotes would have a backslash before them: only the key itself is found.
  const parts = text.split(`"resources":${JSON.stringify(config.linux.resources)}`);
  if (parts.length !== 2)
    throw new StrataError(
      'E_STORE',
      `changing what container ${folder.id} was made with: it is not as we write it`,
    );
  const next = parts.join(`"resources":${JSON.stringify(resources)}`);
  const temporary = path.join(store.paths.root, TEMPORARY);
  await writeAtomic(configFile(folder), [Buffer.from(next)], temporary, durable(store)).catch(
    (thrown: unknown) => failStore(`changing what container ${folder.id} was made with`, thrown),
  );
}

function configFile({ bundle }: ContainerFolder): string {
  return path.join(bundle, 'config.json');
}
