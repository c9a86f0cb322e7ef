import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where the shared test corpora are: `STRATA_CORPORA`, else `shared/corpora` beside the checkout. */
export const CORPORA_DIR = path.resolve(ROOT, process.env.STRATA_CORPORA ?? '../shared/corpora');

/** Returns the corpora's directory; throws when it is not there. */
export function corpora(): string {
  if (!existsSync(path.join(CORPORA_DIR, 'MANIFEST.tsv')))
    throw new Error(`no corpora at ${CORPORA_DIR}: set STRATA_CORPORA to the folder that holds MANIFEST.tsv`);
  return CORPORA_DIR;
}
