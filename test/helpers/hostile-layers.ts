import { readdirSync } from 'node:fs';
import path from 'node:path';
import { corpora } from './corpora.js';

/** What tries to get out of the directory that it is written to; the load tests are not among them. */
const CLASSES = [
  'traversal-name',
  'symlink',
  'hardlink',
  'type-change',
  'whiteout',
  'sparse',
  'pax',
  'long',
  'names',
];

/** Returns by name the tars of the hostile layers of the corpora: one, or `NNN-name.L1.tar`, `.L2.tar`, … above each other. */
export function hostileLayers(): ReadonlyMap<string, readonly string[]> {
  const folder = path.join(corpora(), 'hostile/layers');
  const cases = new Map<string, string[]>();
  for (const kind of CLASSES)
    for (const name of readdirSync(path.join(folder, kind)).sort()) {
      const key = `${kind}/${name.replace(/(\.L\d+)?\.tar(\.gz)?$/, '')}`;
      cases.set(key, [...(cases.get(key) ?? []), path.join(folder, kind, name)]);
    }
  return cases;
}
