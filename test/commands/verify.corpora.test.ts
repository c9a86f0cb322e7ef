import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { listImages } from '../../src/images/open.js';
import { useNamedCanary } from '../helpers/canary.js';
import { corpora } from '../helpers/corpora.js';
import { CONTROL, useFolder } from '../helpers/look.js';
import { findingsOf, type VerifiedOnce, verifyMany } from '../helpers/verify-processes.js';
import { type HostileCase, hostileCases, otherCases, tableRows } from './verify-cases.js';

/** Issue 2: the process's peak memory stays under 300 MB on all of them. */
const MOST_KIB = 300_000_000 / 1024;

/** Where strata does not end as MANIFEST.tsv says, and why; docs/decisions.md has it too. None of them is hostile. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'containers-image/copy/fixtures/Hello.gz': 'a link to another folder, kept as text',
  'containers-image/copy/fixtures/Hello.zst': 'a good stream, but no tar is in it',
  'containers-image/pkg/compression/fixtures/Hello.gz': 'a good stream, but no tar is in it',
  'containers-image/pkg/compression/fixtures/Hello.zst': 'a good stream, but no tar is in it',
  'go-archive-tar/writer-big.tar':
    'a header that states 16 GiB, which are not there: all four readers refuse',
  'go-archive-tar/writer-big-long.tar': 'the same',
  'libarchive/test_patterns_4.tar': 'readers list it; Docker refuses a layer with a name above the root',
  'node-tar/tars/links-invalid.tar': 'readers list it; no extractor makes a hard link to a directory',
  'tar-stream/incomplete.tar':
    'cut off in the padding of its last member, whose content is whole: as Go reads it',
  'tar-stream/invalid.tgz': 'all four readers accept it with 54 entries',
};

/** The table looks at digests alone; these have theirs, but nothing that strata, Docker or containerd reads as an image. */
const NO_TAR: Readonly<Record<string, string>> = {
  // From before manifest.json.
  'go-containerregistry/pkg/v1/tarball/no_manifest.tar': 'E_NOT_AN_IMAGE',
  // Its layer is a squashfs.
  'sylabs-oci-tools/overlayfs-docker-v2-manifest/': 'E_TAR',
};

const folder = useFolder();
useNamedCanary();

/** Nothing crashed, and no image made the process large. */
function checkProcess(results: readonly VerifiedOnce[]): void {
  for (const { argv, exit, stdout, stderr, peakKiB } of results) {
    const image = argv[0];
    expect([image, [0, 3].includes(exit), stdout + stderr]).toEqual([
      image,
      true,
      expect.not.stringContaining('E_INTERNAL'),
    ]);
    expect([image, peakKiB < MOST_KIB ? 'small' : peakKiB]).toEqual([image, 'small']);
    expect(stdout + stderr).not.toMatch(CONTROL);
  }
  const peak = Math.max(...results.map(({ peakKiB }) => peakKiB));
  console.log(
    `verify: ${String(results.length)} images in one process, peak ${String(Math.round(peak / 1024))} MiB`,
  );
}

/** What is not as the MANIFEST says, but for what is said to be otherwise. */
function disagreement(hostile: HostileCase, ended: VerifiedOnce): string | undefined {
  const { codes, broken } = findingsOf(ended);
  const found = `exit ${String(ended.exit)} ${[...codes, ...broken].join(' ')}`;
  const rejected = ended.exit === 3 && codes.some((code) => code.startsWith('E_'));
  const accepted = ended.exit === 0 && codes.length === 0 && broken.length === 0;
  const { file, expected } = hostile;
  const asExpected =
    expected === 'ACCEPT' ? accepted : expected === 'REJECT' ? rejected : accepted || rejected;
  if (asExpected === !Object.hasOwn(OTHERWISE, file)) return undefined;
  return `${file}: ${expected}, ${found}`;
}

describe('hostile files, verified in one process', () => {
  test.each([
    ['images', 88],
    ['layers', 269],
    ['streams', 30],
  ] as const)(
    '%s: all %i end as the MANIFEST says, small, and write nothing',
    async (kind, count) => {
      const cases = hostileCases(kind, mkdtempSync(path.join(folder(), 'packed-')));
      expect(cases).toHaveLength(count);
      const results = await verifyMany(
        mkdtempSync(path.join(folder(), 'process-')),
        cases.map(({ image }) => [image, '--json', '-q']),
      );
      checkProcess(results);
      expect(results.map((ended, i) => disagreement(cases[i], ended)).filter(Boolean)).toEqual([]);
    },
    1_200_000,
  );

  test('as text there is one line with the code, and no control character', async () => {
    const cases = ['images', 'layers'] as const;
    const shown = cases
      .flatMap((kind) => hostileCases(kind, folder()))
      .filter(({ file }) => /\/(images|names|whiteout|traversal-name)\//.test(file));
    const results = await verifyMany(
      mkdtempSync(path.join(folder(), 'process-')),
      shown.map(({ image }) => [image, '-q']),
    );
    checkProcess(results);
    for (const { argv, exit, stderr } of results)
      expect([argv[0], stderr]).toEqual([
        argv[0],
        exit === 0 ? '' : (expect.stringMatching(/^E_[A-Z_]+: .*\n(hint: .*\n)?$/) as string),
      ]);
  }, 1_200_000);
});

test('every other tar of the corpora, as a root file system', async () => {
  const cases = otherCases();
  expect(cases.length).toBeGreaterThan(250);
  const results = await verifyMany(
    mkdtempSync(path.join(folder(), 'process-')),
    cases.map(({ image }) => [image, '--json', '-q']),
  );
  checkProcess(results);
  expect(results.map((ended, i) => disagreement(cases[i], ended)).filter(Boolean)).toEqual([]);
}, 1_200_000);

describe('IMAGES.tsv, verified in one process', () => {
  const rows = tableRows('IMAGES.tsv').map(([file, kind, , verdict]) => ({ file, kind, verdict }));

  test('every image of every row is whole, damaged or partial as the row says', async () => {
    const asked = new Map<string, (typeof rows)[number]>();
    for (const row of rows) for (const image of await imagesOf(row)) asked.set(image, row);
    expect(asked.size).toBeGreaterThan(100);
    const results = await verifyMany(
      mkdtempSync(path.join(folder(), 'process-')),
      [...asked.keys()].map((image) => [image, '--json', '-q']),
    );
    checkProcess(results);
    const wrong = results.filter((ended) => {
      const { verdict, file } = asked.get(ended.argv[0]) ?? expect.fail('it was not asked for');
      const { codes, broken } = findingsOf(ended);
      if (Object.hasOwn(NO_TAR, file)) return !codes.includes(NO_TAR[file]);
      if (verdict === 'OK') return ended.exit !== 0 || codes.length + broken.length > 0;
      if (ended.exit !== 3) return true;
      if (verdict.startsWith('PARTIAL')) return !codes.includes('E_BLOB_MISSING');
      if (verdict.includes('config_BAD')) return !broken.includes('config-digest-mismatch');
      return !codes.some((code) => /^E_(DIGEST_MISMATCH|SIZE_MISMATCH|MANIFEST)$/.test(code));
    });
    expect(wrong.map((ended) => [ended.argv[0], ended.exit, findingsOf(ended)])).toEqual([]);
  }, 1_200_000);

  /** Returns the names of the images in a row's archive or layout; its own where it cannot be listed. */
  async function imagesOf({ file, kind }: (typeof rows)[number]): Promise<string[]> {
    const place = path.join(corpora(), file).replace(/\/$/, '');
    if (kind === 'docker-v1-archive') return [place];
    const name = `${kind === 'oci-dir' ? 'oci' : kind}:${place}`;
    try {
      const listed = await listImages(name, { spoolDir: folder(), platform: undefined });
      return listed.filter(({ role }) => role === 'image').map((entry) => entry.name);
    } catch {
      return [name];
    }
  }
});
