import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Descriptor } from '../../src/model/descriptor.js';
import type { Digest } from '../../src/model/digest.js';
import { fsck } from '../../src/store/fsck.js';
import type { FsckFinding } from '../../src/store/fsck-codes.js';
import { storePaths } from '../../src/store/paths.js';
import { openStore, type Store, type StoreOptions } from '../../src/store/store.js';

/** Returns a new directory that is removed after the tests of the file. */
export function scratch(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'strata-store-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function openAt(directory: string, options: StoreOptions = {}): Promise<Store> {
  return openStore(storePaths({ STRATA_STORE: directory }, '/nowhere'), options);
}

export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** The digests of all files below `blobs`, each asserted to be the digest of its bytes, without the code under test. */
export function storedDigests(directory: string): string[] {
  return filesBelow(path.join(directory, 'blobs')).map((file) => {
    const algorithm = path.basename(path.dirname(file));
    const hex = createHash(algorithm).update(readFileSync(file)).digest('hex');
    if (hex !== path.basename(file)) throw new Error(`${file} has the digest ${hex}`);
    return `${algorithm}:${hex}`;
  });
}

/** All files below a directory, sorted. */
export function filesBelow(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const file = path.join(directory, name);
    return lstatSync(file).isDirectory() ? filesBelow(file) : [file];
  });
}

/** What a full fsck finds beyond notes. */
export async function damage(directory: string): Promise<readonly FsckFinding[]> {
  const report = await fsck(await openAt(directory, { damaged: true }), { full: true });
  return report.findings.filter((finding) => finding.severity !== 'note');
}

export function descriptor(bytes: Uint8Array, mediaType: string): Descriptor {
  return {
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
    urls: [],
    annotations: new Map(),
    platform: undefined,
    artifactType: undefined,
  };
}

export const noise = (length: number): Uint8Array => randomBytes(length);
