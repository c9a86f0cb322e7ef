import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalDigest } from './canonical.js';
import { manifestRows, oracleRows, plainTar } from './corpus.js';
import { readTar } from './support.js';

type Outcome = readonly [
  outcome: 'ok' | 'E_TAR' | 'E_LIMIT' | 'E_TRUNCATED',
  members: number,
  reason: string,
];

const OWNER = 'an owner beyond 32 bits or below 0 is an oddity (zero taken), which no file system could hold';
const SOLARIS =
  'type X is the PAX header of Solaris, as GNU tar, bsdtar and Python know; Go lists it as a file';
const LABEL = 'a volume label is no file: GNU tar extracts nothing for it, Docker refuses the layer';
const NAMELESS = 'a member without a name has no place in a tree; it is skipped and said';
const MODE = 'a field that only describes the file is not worth refusing the layer for; it is said';
const TOO_LONG = 'no Linux file system can hold the path (MANIFEST: REJECT)';

/** Every tar that we do not read exactly as Go's archive/tar does, and why. */
const DIFFERENCES: Readonly<Partial<Record<string, Outcome>>> = {
  'commons-compress/COMPRESS-417.tar': [
    'ok',
    2,
    'device numbers of a regular file are not read; GNU tar agrees',
  ],
  'commons-compress/archives/SunOS_cAEf.tar': ['ok', 10, SOLARIS],
  'commons-compress/archives/SunOS_cEf.tar': ['ok', 10, SOLARIS],
  'commons-compress/longpath/hudson-E.tar': ['ok', 19, SOLARIS],
  'cpython/testtar.tar': ['ok', 39, SOLARIS],
  'hostile/layers/device-mode/219-chr-neg.tar': ['ok', 1, 'device numbers below 0: zero taken and said'],
  'hostile/layers/device-mode/225-mode-garbage.tar': ['ok', 1, MODE],
  'hostile/layers/device-mode/229-uid-over.tar': ['ok', 1, OWNER],
  'hostile/layers/device-mode/231-uid-pax-text.tar': ['ok', 1, OWNER],
  'hostile/layers/device-mode/243-type-56.tar': ['ok', 1, LABEL],
  'hostile/layers/long/377-gnu-L-5000.tar': ['E_LIMIT', 0, TOO_LONG],
  'hostile/layers/long/381-component-1000.tar': ['E_LIMIT', 0, TOO_LONG],
  'hostile/layers/numeric/275-mtime-text.tar': ['ok', 1, MODE],
  'hostile/layers/numeric/277-maj-text.tar': ['ok', 1, MODE],
  'hostile/layers/numeric/279-pax-mtime-nan.tar': ['ok', 2, MODE],
  'hostile/layers/numeric/291-pax-uid-neg.tar': ['ok', 2, OWNER],
  'hostile/layers/pax/319-trailing-nul.tar': [
    'ok',
    1,
    'all records can be read; GNU tar, bsdtar and Python agree',
  ],
  'hostile/layers/structure/415-volume-header.tar': ['ok', 2, LABEL],
  'libarchive/test_compat_plexus_archiver_tar.tar': [
    'ok',
    1,
    'a lone zero block ends the archive for all but Go, which refuses it',
  ],
  'libarchive/test_compat_zstd_2.tar.zst': [
    'ok',
    6,
    'Go was given no decoder for its second frame; bsdtar agrees',
  ],
  'libarchive/test_read_format_tar_empty_filename.tar': ['ok', 0, NAMELESS],
  'libarchive/test_read_format_tar_empty_with_gnulabel.tar': ['ok', 0, LABEL],
  'node-tar/excessively-deep.tar': ['E_LIMIT', 0, TOO_LONG],
  'node-tar/tars/path-missing.tar': ['ok', 0, NAMELESS],
};

/** Where the listing alone is in order for Go, and only reading the content is not. */
const CONTENT: Readonly<Partial<Record<string, Outcome>>> = {
  'go-archive-tar/gnu-sparse-many-zeros.tar.bz2': [
    'E_LIMIT',
    0,
    'more than 100,000 fragments (MANIFEST: REJECT); all four list it without reading the map',
  ],
};

describe('every tar of the corpora', () => {
  const rows = oracleRows();

  it('is here', () => {
    expect(rows.length).toBeGreaterThan(500);
    for (const name of [...Object.keys(DIFFERENCES), ...Object.keys(CONTENT)])
      expect(rows.map((row) => row.path)).toContain(name);
  });

  it.each(rows.map((row) => [row.path, row] as const))(
    '%s: as Go lists it, or as written down',
    (name, row) => {
      const reading = readTar(plainTar(name), { keep: false });
      const outcome = [reading.error?.code ?? 'ok', reading.members.length];
      const choice = DIFFERENCES[name] ?? CONTENT[name];
      if (choice !== undefined) expect(outcome).toEqual(choice.slice(0, 2));
      else if (row.readers.go.exit !== 0) expect(reading.error?.message).toMatch(/ at byte \d+/);
      else expect(outcome).toEqual(['ok', row.readers.go.entries]);
    },
  );

  it('is listed by us as by the others wherever all four agree', () => {
    const against = rows
      .filter((row) => row.agree)
      .filter((row) => {
        const { error, members } = readTar(plainTar(row.path), { keep: false });
        const { exit, entries } = row.readers.go;
        return exit === 0 ? error !== undefined || members.length !== entries : error === undefined;
      });
    // All four refuse mode-garbage and mtime-text and list the others; the reasons are above.
    expect(against.map((row) => row.path)).toEqual([
      'go-archive-tar/gnu-sparse-many-zeros.tar.bz2',
      'hostile/layers/device-mode/225-mode-garbage.tar',
      'hostile/layers/long/377-gnu-L-5000.tar',
      'hostile/layers/long/381-component-1000.tar',
      'hostile/layers/numeric/275-mtime-text.tar',
      'node-tar/excessively-deep.tar',
    ]);
  });
});

describe("every plain tar of the corpora has for us what Go's archive/tar says (golden/go.tsv, made by golden/list.go)", () => {
  const golden = readFileSync(path.join(import.meta.dirname, 'golden/go.tsv'), 'utf8')
    .trimEnd()
    .split('\n');

  it.each(golden.map((line) => line.split('\t') as [string, string, string, string]))(
    '%s: kinds, names, modes, owners, sizes, times, links, devices, xattrs, contents (%s, %s)',
    (name, state, _count, digest) => {
      if (DIFFERENCES[name] !== undefined) return;
      const reading = readTar(plainTar(name));
      expect(reading.error === undefined ? 'ok' : 'error').toBe(state);
      if (state === 'ok') expect(canonicalDigest(reading.members)).toBe(digest);
    },
  );
});

describe('every hostile layer ends as its MANIFEST expects, as far as that is the reader’s part', () => {
  const rows = manifestRows('hostile/layers/').filter(({ path: name }) => !name.includes('/load/'));
  const reads = /\/(?:numeric|pax|sparse|long|structure|device-mode)\//;

  it.each(rows.map((row) => [row.path, row.expected] as const))('%s: %s', (name, expected) => {
    // Throws by itself for anything but a StrataError.
    const { error } = readTar(plainTar(name), { keep: false });
    if (expected.startsWith('ACCEPT')) expect(error).toBeUndefined();
    if (expected.startsWith('REJECT') && reads.test(name)) {
      expect(error?.code).toMatch(/^E_(?:TAR|LIMIT|TRUNCATED)$/);
      expect(error?.message).toMatch(/ at byte \d+/);
    }
  });
});
