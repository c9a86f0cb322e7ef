import type { BlameStep } from '../layers/changes/blame.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import type { Anomaly } from '../model/anomaly.js';
import { severityOf } from '../model/anomaly.js';
import { CAPABILITY_XATTR, formatCapabilities, parseCapabilities } from '../model/capability.js';
import type { Entry } from '../model/entry.js';
import { humanBytes, plural } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { fileJson, linkCell } from './file.js';
import { nameJson } from './json.js';
import { KIND_NAMES } from './kind.js';
import { formatMode, formatOctal } from './mode.js';
import { formatFields } from './table.js';
import { formatTime } from './time.js';

/** Everything that is known of one path. */
export interface FileFacts {
  readonly file: SnapshotFile;
  /** The member that content and metadata come from; undefined for a directory that no layer has an entry for. */
  readonly entry: Entry | undefined;
  /** Names of the owner in the snapshot's own /etc/passwd and /etc/group, where they are there. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** Where a symbolic link leads inside the image; undefined when nowhere. */
  readonly target: string | undefined;
  /** All paths of the same inode, this one included. */
  readonly names: readonly string[];
  /** What the first bytes say it is. */
  readonly type: string | undefined;
  /** What every layer up to the snapshot did to the path, oldest first. */
  readonly life: readonly BlameStep[];
  /** The instruction of the layer that last touched the path. */
  readonly instruction: string;
  /** Those that name the path. */
  readonly anomalies: readonly Anomaly[];
}

/** Returns the lines that show everything of one path. All that comes from the image is escaped. */
export function factLines(facts: FileFacts, palette: Palette): string[] {
  const { file, entry } = facts;
  const { kind } = file;
  const fields: (readonly [string, Cell | readonly Cell[]])[] = [
    ['Path', { text: file.path, style: palette.emphasis }],
    ['Kind', facts.type === undefined ? KIND_NAMES[kind] : `${KIND_NAMES[kind]}, ${facts.type}`],
  ];
  const add = (label: string, value: Cell | readonly Cell[]): void => void fields.push([label, value]);
  if (kind === 'symlink')
    add('Target', [
      facts.target === undefined
        ? `${file.link} (leads nowhere in this snapshot)`
        : facts.target === file.link
          ? file.link
          : linkCell(file.link, facts.target, palette.plain, palette, ' which is '),
    ]);
  if (kind === 'character' || kind === 'block') add('Device', `${file.deviceMajor}, ${file.deviceMinor}`);
  if (kind === 'file') add('Size', sizeText(file.size, entry));
  add('Mode', `${formatOctal(file.mode)} ${formatMode(kind, file.mode)}`);
  add('Owner', `${owner(file.uid, facts.user)} ${owner(file.gid, facts.group)}`);
  add('Modified', formatTime(file.mtime));
  if (facts.names.length > 1) add('Hard links', [plural(facts.names.length, 'name'), ...facts.names]);
  add(
    'Xattrs',
    [...file.xattrs].map(([name, value]) => `${name} = ${valueText(value)}`),
  );
  const capability = file.xattrs.get(CAPABILITY_XATTR);
  if (capability !== undefined)
    add('Capabilities', { text: capabilityText(capability), style: palette.privileged });
  if (file.content !== undefined) add('Content', { text: file.content, style: palette.digest });
  if (file.layer === 0) add('Layer', 'none: the root is there before any');
  else {
    add('Layer', [`${file.layer}${facts.instruction === '' ? '' : `  ${facts.instruction}`}`]);
    add('Life', [lifeText(facts.life)]);
  }
  add(
    'In the tar',
    entry === undefined
      ? file.layer === 0
        ? 'no entry'
        : 'no entry: other members imply it'
      : placeText(facts, entry),
  );
  add(
    'Anomalies',
    facts.anomalies.map((anomaly) => ({
      text: `${anomaly.code}${anomaly.detail === undefined ? '' : `: ${anomaly.detail}`}`,
      style: palette[severityOf(anomaly)],
    })),
  );
  return formatFields(fields, palette.heading);
}

/** Returns the same for JSON. */
export function factJson(facts: FileFacts): object {
  const { file, entry } = facts;
  return {
    ...fileJson(file),
    type: facts.type ?? null,
    user: facts.user ?? null,
    group: facts.group ?? null,
    ...(file.kind === 'symlink'
      ? facts.target === undefined
        ? { target: null }
        : nameJson(facts.target, 'target')
      : {}),
    names: facts.names.map((name) => nameJson(name)),
    instruction: facts.instruction,
    life: facts.life.map(({ layer, kind, facets }) => ({ layer, kind, facets })),
    entry:
      entry === undefined
        ? null
        : {
            layer: file.inode?.layer ?? null,
            row: entry.row,
            headerOffset: entry.headerOffset,
            dataOffset: entry.dataOffset,
            storedSize: entry.storedSize,
          },
    anomalies: facts.anomalies.map((anomaly) => ({
      code: anomaly.code,
      severity: severityOf(anomaly),
      detail: anomaly.detail ?? null,
    })),
  };
}

function sizeText(size: number, entry: Entry | undefined): string {
  const exact = plural(size, 'byte');
  const human = size < 1000 ? exact : `${exact} (${humanBytes(size)})`;
  const stored = entry?.storedSize ?? size;
  return stored === size ? human : `${human}, sparse: ${plural(stored, 'byte')} stored`;
}

function owner(id: number, name: string | undefined): string {
  return name === undefined ? String(id) : `${id}(${name})`;
}

/** Text where it is text (a NUL at the end is common), else hex. */
function valueText(value: Uint8Array): string {
  const buffer = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = buffer.toString('latin1').replace(/\0$/, '');
  return /^[\x20-\x7e]+$/.test(text) ? `"${text}"` : `0x${buffer.toString('hex')}`;
}

function capabilityText(value: Uint8Array): string {
  const parsed = parseCapabilities(value);
  if (parsed === undefined) return 'malformed';
  const root =
    parsed.rootID === undefined || parsed.rootID === 0
      ? ''
      : ` (for the root of user namespace ${parsed.rootID})`;
  return `${formatCapabilities(parsed)}${root}`;
}

/** `added in 2, replaced in 5 (content, mtime)`. */
function lifeText(life: readonly BlameStep[]): string {
  return life
    .map(
      ({ layer, kind, facets }) =>
        `${kind} in ${layer}${facets.length === 0 ? '' : ` (${facets.join(', ')})`}`,
    )
    .join('; ');
}

function placeText({ file }: FileFacts, entry: Entry): string {
  const { headerOffset, dataOffset, storedSize } = entry;
  const content =
    file.kind === 'file' && storedSize > 0
      ? `, content at ${dataOffset}, ${storedSize} ${storedSize === 1 ? 'byte' : 'bytes'}`
      : '';
  const layer = file.inode?.layer === file.layer ? '' : ` of layer ${file.inode?.layer ?? 0}`;
  return `member ${entry.row + 1}${layer}: header at ${headerOffset}${content}`;
}
