import { FACET, facetNames } from '../layers/union/facets.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import type { FileKind } from '../model/entry.js';
import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { namedJson, nameJson } from './json.js';
import { KIND_NAMES } from './kind.js';
import { formatOctal } from './mode.js';
import { formatTime } from './time.js';

/** A file on either side of a change. */
type ChangedFile = Pick<
  SnapshotFile,
  'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'link' | 'deviceMajor' | 'deviceMinor'
> & { readonly kind: FileKind | 'whiteout' };

/** What a container did to a path of its snapshot. */
export interface ChangeRow {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'removed';
  /** Mask of layers/facets. */
  readonly facets: number;
  readonly before: ChangedFile | undefined;
  readonly after: ChangedFile | undefined;
}

export interface ChangeFormat {
  readonly palette: Palette;
  /** Also say what differs. */
  readonly facets: boolean;
  readonly arrow: string;
}

const LETTERS = { added: 'A', modified: 'C', removed: 'D' } as const;

/** Returns the line of a change as `docker diff` has it: `C /etc`; with `facets` what differs behind it. */
export function changeLine(row: ChangeRow, { palette, facets, arrow }: ChangeFormat): string {
  const { kind, path } = row;
  const style = kind === 'added' ? palette.added : kind === 'removed' ? palette.removed : palette.changed;
  const what = facets ? facetText(row, arrow) : '';
  const line = `${style(LETTERS[kind])} ${escapeForTerminal(path)}`;
  return what === '' ? line : `${line}  ${palette.dim(escapeForTerminal(what))}`;
}

/** `mode 0644 → 0755, mtime` */
function facetText({ facets, before, after, kind }: ChangeRow, arrow: string): string {
  if (before === undefined || after === undefined || kind !== 'modified') {
    const file = after ?? before;
    return file === undefined || file.kind === 'whiteout' || file.kind === 'file'
      ? ''
      : KIND_NAMES[file.kind];
  }
  return facetNames(facets)
    .map((facet) => {
      if (facet === 'kind') return `kind ${before.kind} ${arrow} ${after.kind}`;
      if (facet === 'mode') return `mode ${formatOctal(before.mode)} ${arrow} ${formatOctal(after.mode)}`;
      if (facet === 'owner') return `owner ${before.uid}:${before.gid} ${arrow} ${after.uid}:${after.gid}`;
      if (facet === 'link') return `link ${before.link} ${arrow} ${after.link}`;
      if (facet === 'links') return 'hard links';
      return facet === 'content' && (facets & FACET.kind) === 0
        ? `content ${before.size} ${arrow} ${after.size} ${after.size === 1 ? 'byte' : 'bytes'}`
        : facet;
    })
    .join(', ');
}

/** Returns a change as JSON has it. */
export function changeJson({ path, kind, facets, before, after }: ChangeRow): object {
  return namedJson(path, {
    kind,
    facets: facetNames(facets),
    before: fileSideJson(before),
    after: fileSideJson(after),
  });
}

function fileSideJson(file: ChangedFile | undefined): object | null {
  if (file === undefined) return null;
  const { kind, uid, gid, size } = file;
  return {
    kind,
    mode: formatOctal(file.mode),
    uid,
    gid,
    size,
    mtime: formatTime(file.mtime),
    ...(kind === 'symlink' ? nameJson(file.link, 'link') : {}),
    ...(kind === 'character' || kind === 'block'
      ? { device: { major: file.deviceMajor, minor: file.deviceMinor } }
      : {}),
  };
}
