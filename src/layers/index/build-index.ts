import type { AnomalyLog } from '../../model/anomaly.js';
import type { Digest } from '../../model/digest.js';
import { KIND } from '../../model/entry.js';
import { fail } from '../../model/error.js';
import { DEFAULT_LIMITS, limitHint, type Limits } from '../../model/limits.js';
import type { TarMember } from '../../model/tar-member.js';
import { createContentHasher } from './content-hasher.js';
import type { LayerIndex, SparseFile } from './layer-index.js';
import { createLinkTable } from './link-table.js';
import { createPathTable, nodePath } from './path-table.js';
import { createMemberPlacer } from './place-member.js';
import { createRowBuilder } from './row-builder.js';
import { createXattrTable } from './xattr-table.js';

/** Takes what a tar reader delivers and makes the layer's index of it. */
export interface IndexBuilder {
  member(member: TarMember): void;
  data(chunk: Uint8Array): void;
  memberEnd(): void;
  /** To be awaited between chunks: resolves when more content may come; undefined when it may at once. */
  readonly room: () => Promise<void> | undefined;
  /** To be awaited before {@link finish}. */
  readonly settled: () => Promise<void>;
  finish(plain: { diffID: Digest; plainBytes: number }): LayerIndex;
}

/** Two numbers, and their text when the index is written. */
const FRAGMENT_BYTES = 64;
/** A sparse file's own numbers and digest, and their text. */
const SPARSE_BYTES = 256;
/** Columns and slots of a path without an entry: one long name, or a link followed, makes thousands of them. */
const IMPLIED_BYTES = 24;

/** Returns a builder. Its `member` throws E_LIMIT when the entries together would take too much memory. */
export function createIndexBuilder(
  anomalies: AnomalyLog,
  limits: Pick<Limits, 'indexBytes'> = DEFAULT_LIMITS,
): IndexBuilder {
  const paths = createPathTable();
  const rows = createRowBuilder();
  const hasher = createContentHasher();
  const links = createLinkTable();
  const xattrs = createXattrTable();
  const sparse = new Map<number, SparseFile>();
  const placer = createMemberPlacer(paths, rows, links, anomalies);
  /** Row of the file whose content is coming, or -1. */
  let current = -1;
  let fragments = 0;

  const checkBytes = (offset: number): void => {
    const names = paths.nameEnd[paths.count - 1];
    const maps = fragments * FRAGMENT_BYTES + sparse.size * SPARSE_BYTES;
    const implied = Math.max(0, paths.count - rows.count - 1) * IMPLIED_BYTES;
    if (names + implied + links.bytes + xattrs.bytes + maps <= limits.indexBytes) return;
    fail(
      'E_LIMIT',
      `reading the tar header at byte ${String(offset)}: names, links, attributes and sparse maps of more than ${String(limits.indexBytes)} bytes`,
      { hint: limitHint('indexBytes') },
    );
  };

  return {
    member(member) {
      current = -1;
      const placed = placer.place(member, KIND[member.kind]);
      if (placed === undefined) return;
      const { node, kind } = placed;
      // Before its row is there: a link to its own path leads to what is there now.
      const target = kind === KIND.hardlink ? placer.target(member.linkName) : undefined;
      const row = rows.add(member, node, kind, kind === KIND.file ? member.size : 0);
      if (target !== undefined) rows.setLink(row, links.add(target.path));
      else if (kind === KIND.symlink) rows.setLink(row, links.add(member.linkName));
      if (kind !== KIND.whiteout && kind !== KIND.opaque) placer.placed(node, row, target?.node ?? -1);
      if (member.xattrs !== undefined && member.xattrs.size > 0) {
        rows.setXattrs(row, xattrs.add(member.xattrs));
        for (const name of member.xattrs.keys())
          if (/^(?:trusted|user)\.overlay\./.test(name))
            anomalies.add('overlay-xattr', nodePath(paths, node), name);
      }
      if (kind === KIND.file && member.sparse !== undefined) fragments += member.sparse.length / 2;
      checkBytes(member.headerOffset);
      if (kind !== KIND.file) return;
      if (member.sparse !== undefined)
        sparse.set(row, {
          row,
          storedSize: member.storedSize,
          fragments: [...member.sparse],
          dataDigest: '',
        });
      current = row;
      if (!hasher.begin(member.size, member.storedSize, member.sparse))
        anomalies.add('sparse-digest-skipped', nodePath(paths, node), `${String(member.size)} bytes`);
    },
    data(chunk) {
      if (current >= 0) hasher.data(chunk);
    },
    memberEnd() {
      if (current >= 0) {
        rows.setContent(current, hasher.end());
        const map = sparse.get(current);
        if (map !== undefined) sparse.set(current, { ...map, dataDigest: hasher.dataDigest() });
      }
      current = -1;
    },
    room: hasher.room,
    settled: hasher.settled,
    finish({ diffID, plainBytes }) {
      placer.finish();
      return {
        diffID,
        plainBytes,
        count: rows.count,
        columns: rows.finish(),
        paths: paths.finish(),
        digests: hasher.finish(),
        ...links.finish(),
        xattrSets: xattrs.sets,
        sparse,
        anomalies: anomalies.list,
        anomalyCounts: anomalies.counts,
      };
    },
  };
}
