import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { corpora } from '../helpers/corpora.js';
import { fileOf, LayoutBuilder, tar } from '../images/build.js';

/** How a file of `hostile/` must end by its MANIFEST. */
export type Expected = 'ACCEPT' | 'REJECT' | 'CONTAIN' | 'BOUND';

/** One file of the corpora, as an image. */
export interface HostileCase {
  readonly file: string;
  /** What to give to `verify`. */
  readonly image: string;
  readonly expected: Expected;
}

/** Returns the rows of a table of the corpora. */
export function tableRows(name: string): string[][] {
  return readFileSync(path.join(corpora(), name), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}

/**
 * Returns the files below `hostile/<kind>` as images. A plain layer is packed into a layout in `folder` with the layers
 * below it, so that digest and diffID are checked too; compressed ones are read as they are.
 */
export function hostileCases(kind: 'images' | 'layers' | 'streams', folder: string): HostileCase[] {
  return tableRows('MANIFEST.tsv')
    .filter(([file]) => file.startsWith(`hostile/${kind}/`))
    .map(([file, , , , , , expected]) => ({
      file,
      image: imageOf(kind, file, folder),
      // `ACCEPT (layer 1 of 2)`
      expected: expected.split(' ')[0] as Expected,
    }));
}

/** What no specification of layers knows; strata says so and looks no further. */
const NO_LAYER = /\.(?:bz2|xz|Z|tbz|txz)$/;

/**
 * Returns every other tar of the corpora as a root file system, but for those that are images. What its row does not
 * class as accepted or rejected must only be contained.
 */
export function otherCases(): HostileCase[] {
  const images = new Set(tableRows('IMAGES.tsv').map(([file]) => file));
  return tableRows('MANIFEST.tsv')
    .filter(([file]) => !file.startsWith('hostile/') && !images.has(file))
    .filter(([file]) => /\.(?:tar|tgz|gz|zst)$/.test(file) || (file.includes('.tar.') && NO_LAYER.test(file)))
    .map(([file, , , , , , said]) => ({
      file,
      image: `rootfs:${path.join(corpora(), file)}`,
      expected: NO_LAYER.test(file)
        ? 'REJECT'
        : said.startsWith('accept')
          ? 'ACCEPT'
          : said.startsWith('REJECT') && !said.includes('bounded')
            ? 'REJECT'
            : 'BOUND',
    }));
}

function imageOf(kind: string, file: string, folder: string): string {
  const at = path.join(corpora(), file);
  if (kind === 'images') return at;
  return file.endsWith('.tar') ? pack(stackOf(at), folder) : `rootfs:${at}`;
}

/** `NNN-name.L3.tar` lies upon `.L2.tar` and `.L1.tar`. */
function stackOf(file: string): string[] {
  const match = /^(.*)\.L(\d+)\.tar$/.exec(file);
  if (match === null) return [file];
  const [, stem, top] = match;
  return Array.from({ length: Number(top) }, (_, i) => `${stem}.L${String(i + 1)}.tar`).filter(existsSync);
}

function pack(files: readonly string[], folder: string): string {
  const layout = new LayoutBuilder();
  layout.add(layout.image(files.map((file) => readFileSync(file))));
  return `oci-archive:${fileOf(folder, tar(layout.members()))}`;
}
