import { existsSync } from 'node:fs';
import path from 'node:path';
import { boolean } from '@oclif/core/flags';
import { fsck } from '../store/fsck.js';
import { FSCK_CODES, type FsckFinding, type FsckReport } from '../store/fsck-codes.js';
import { INDEX_FILE, LAYOUT_FILE } from '../store/layout-names.js';
import { checkIsNotAFile } from '../store/not-a-file.js';
import { openStore, type Store } from '../store/store.js';
import { formatBytes, plural } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import type { Palette } from '../report/colour.js';
import { escapeForTerminal } from '../report/escape.js';
import { nameJson } from '../report/json.js';
import { formatTable } from '../report/table.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { bytesFlag } from './flags/flags.js';

export default class Fsck extends StrataCommand {
  static override readonly summary = 'Check the local store, and repair it.';
  static override readonly description = `Looks at the layout, every reference, the digests of small blobs (with --full: of all), and what containers need. Ends with 3 when something
stored is lost or cannot be trusted. Nothing is changed without --repair, and nothing stored is deleted even then:
what is damaged is put aside in the store's folder 'quarantine'.`;
  static override readonly examples = [
    { description: 'A quick look', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Read every blob, put damaged ones aside, remove leftovers',
      command: '<%= config.bin %> <%= command.id %> --full --repair',
    },
  ];
  static override readonly flags = {
    full: boolean({ summary: 'Read and hash every blob.' }),
    repair: boolean({ summary: 'Put aside what is damaged, restore index.json, remove leftovers.' }),
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { flags, context } = await this.begin(Fsck);
    const report = await fsck(await openAnyway(context), { full: flags.full, repair: flags.repair });
    if (!context.json) await context.output.lines(lines(report, flags.bytes, context));
    if (report.damaged) this.endWith(3);
    const { findings, ...counts } = report;
    return {
      store: context.storePaths.root,
      ...counts,
      findings: findings.map(({ path, ...finding }) => ({
        ...finding,
        ...nameJson(path),
        meaning: FSCK_CODES[finding.code].meaning,
      })),
    };
  }
}

function lines(report: FsckReport, exact: boolean, { storePaths, terminal }: Context): string[] {
  const { palette } = terminal.stdout;
  const { findings, refs, blobs, bytes, derived, containers, full, damaged } = report;
  const table = formatTable(
    [{ header: 'SEVERITY' }, { header: 'CODE' }, { header: 'REPAIRED' }, { header: 'WHERE' }],
    findings.map((finding) => row(finding, palette)),
    { header: palette.heading },
  );
  const looked = `${plural(refs, 'reference')}, ${plural(blobs, 'blob')} of ${formatBytes(bytes, exact)}${full ? '' : ' (large ones by size only)'}, ${plural(derived, 'derived file')}, ${plural(containers, 'container')}`;
  const open = findings.filter((finding) => finding.severity === 'error' && !finding.repaired).length;
  const verdict = damaged ? palette.error(`damaged: ${plural(open, 'error')}`) : palette.added('ok');
  return [
    ...(findings.length === 0 ? [] : table),
    `${verdict}: ${escapeForTerminal(storePaths.root)}: ${looked}`,
  ];
}

/** Opens a store in whatever state it is. Throws E_STORE for a directory that never was one. */
async function openAnyway({ storePaths, log, signal }: Context): Promise<Store> {
  const options = { log: log.warn, signal };
  checkIsNotAFile(storePaths.root);
  try {
    return await openStore(storePaths, options);
  } catch (thrown) {
    const files = [INDEX_FILE, LAYOUT_FILE].map((name) => path.join(storePaths.root, name));
    if (!files.some((file) => existsSync(file))) throw thrown;
    return openStore(storePaths, { ...options, damaged: true });
  }
}

function row({ code, severity, path, detail, repaired }: FsckFinding, palette: Palette): Cell[] {
  return [
    { text: severity, style: palette[severity] },
    code,
    { text: repaired ? 'yes' : 'no', style: repaired ? palette.added : palette.dim },
    `${path}: ${detail}`,
  ];
}
