import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FIXTURES } from './run-command.js';
import { tool } from './tool.js';

/** Images that {@link fillStore} stores: fixture and name in the store. */
export const STORED = [
  ['oci', '1', 'small:1'],
  ['demo-oci', '2.4', 'harbour'],
] as const;

/** Stores images in `store` as a user can: it is an OCI image layout, so skopeo copies into it. */
export async function fillStore(store: string): Promise<void> {
  for (const [layout, tag, name] of STORED)
    await tool('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `oci:${path.join(FIXTURES, layout)}:${tag}`,
      `oci:${store}:${name}`,
    ]);
}

/** The files below a folder by their path, each with the digest of its bytes. */
export function filesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(folder)) return found;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = path.join(folder, name);
    if (lstatSync(file).isFile())
      found.set(name, createHash('sha256').update(readFileSync(file)).digest('hex'));
  }
  return found;
}
