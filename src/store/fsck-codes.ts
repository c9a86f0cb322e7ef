import type { Severity } from '../model/anomaly.js';

/**
 * Everything `fsck` can find. `error`: something stored is lost or cannot be trusted; `warning`: it can, but not all is
 * as strata left it; `note`: nothing is wrong. An interrupted or killed process leaves notes only.
 */
export const FSCK_CODES = {
  'layout-damaged': { severity: 'error', meaning: 'The oci-layout file is missing or malformed.' },
  'index-missing': { severity: 'error', meaning: 'There is no index.json although there was one.' },
  'index-damaged': { severity: 'error', meaning: 'index.json cannot be understood.' },
  'index-foreign': {
    severity: 'warning',
    meaning: 'index.json is not one that strata wrote: another program changed it, or it is damaged.',
  },
  'state-damaged': { severity: 'warning', meaning: 'A kept former index.json does not have its digest.' },
  'blob-digest': {
    severity: 'error',
    meaning: 'The bytes of a blob do not have the digest it is stored under.',
  },
  'blob-not-a-file': {
    severity: 'error',
    meaning: 'A directory, link, pipe or device has the name of a blob.',
  },
  'blob-missing': { severity: 'error', meaning: 'A reference needs a blob that is not stored.' },
  'blob-size': { severity: 'error', meaning: 'A blob does not have the size that its descriptor says.' },
  'blob-unreadable': { severity: 'error', meaning: 'A blob cannot be read.' },
  'manifest-invalid': {
    severity: 'error',
    meaning: 'A manifest or index that a reference needs is malformed.',
  },
  'platform-absent': {
    severity: 'note',
    meaning: 'An index names a manifest that is not stored, as when one platform of several was pulled.',
  },
  'container-damaged': {
    severity: 'error',
    meaning: 'What is kept of a container cannot be understood: it can be neither listed nor committed.',
  },
  'container-layer-missing': {
    severity: 'error',
    meaning: 'A container needs a layer that is not there: it cannot be committed.',
  },
  'container-unfinished': {
    severity: 'note',
    meaning: 'A killed process left a container that was being made or removed; `prune` removes it.',
  },
  'derived-damaged': { severity: 'warning', meaning: 'Derived data is damaged; it would be made again.' },
  'derived-old': { severity: 'note', meaning: 'Derived data of another format version; `prune` removes it.' },
  'tmp-leftover': { severity: 'note', meaning: 'A killed process left a half-written file.' },
  'lock-stale': { severity: 'note', meaning: 'A killed process left its lock; the next one takes it over.' },
  'stray-file': { severity: 'note', meaning: 'The file is not one of the store.' },
  'open-to-others': { severity: 'note', meaning: 'Other users of the machine can read the store.' },
  quarantined: {
    severity: 'note',
    meaning: 'A repair put damaged files aside; `prune` says when one of them keeps it from removing blobs.',
  },
} as const satisfies Record<string, { severity: Severity; meaning: string }>;

export type FsckCode = keyof typeof FSCK_CODES;

/** One thing that `fsck` found. */
export interface FsckFinding {
  readonly code: FsckCode;
  readonly severity: Severity;
  /** The absolute path of the file that is, or should be, there; unescaped. */
  readonly path: string;
  readonly detail: string;
  readonly repaired: boolean;
}

export interface FsckReport {
  /** In the order found: layout, references, blobs, derived data, containers, leftovers. */
  readonly findings: readonly FsckFinding[];
  /** References, blobs, bytes of blobs, derived files and containers looked at. */
  readonly refs: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly derived: number;
  readonly containers: number;
  /** Whether every blob was read. */
  readonly full: boolean;
  /** Whether an error was found and not repaired. */
  readonly damaged: boolean;
}

export interface FsckOptions {
  /** Read and hash every blob; else only those that may be manifests or configurations. */
  readonly full?: boolean;
  /** Set aside what is damaged, restore index.json, remove leftovers and damaged derived data. */
  readonly repair?: boolean;
}
