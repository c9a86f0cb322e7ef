import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Layers from '../../src/commands/layers.js';
import { countChanges } from '../helpers/count-changes.js';
import { hostileImage } from '../helpers/hostile-image.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { realImages } from '../helpers/real-images.js';
import { rootTest } from '../helpers/root.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const layers = (...argv: string[]) => runCommand(Layers, argv);
const fixture = (name: string): string => path.join(FIXTURES, name);

interface Listing {
  readonly snapshot: number;
  readonly layers: readonly {
    readonly layer: number;
    readonly digest: string | null;
    readonly diffID: string | null;
    readonly compression: string | null;
    readonly storedBytes: number | null;
    readonly plainBytes: number | null;
    readonly absent: string | null;
    readonly entries: number;
    readonly changes: Readonly<Record<'added' | 'replaced' | 'metadata' | 'removed', number>>;
    readonly created: string | null;
    readonly instruction: string | null;
    readonly createdBy: string | null;
  }[];
}

async function json(...argv: string[]): Promise<Listing> {
  const ended = await layers(...argv, '--json');
  expect([argv, ended.status]).toEqual([argv, 0]);
  return validJson('layers.json', ended) as Listing;
}

const numbers = async (...argv: string[]): Promise<number[]> =>
  (await json(...argv)).layers.map(({ layer }) => layer);

/** The columns of the text, without the header: `#`, sizes, `+ ~ m -`, date, instruction. */
const rowsOf = (stdout: string): string[][] =>
  linesOf(stdout)
    .slice(1)
    .map((line) => line.trim().split(/ {2,}/));

describe('what each layer changed is what a count by tarfile and a dictionary says', () => {
  const ours = async (archive: string): Promise<object[]> =>
    (await json(archive)).layers.map(({ storedBytes, plainBytes, diffID, entries, changes }) => ({
      storedBytes,
      plainBytes,
      diffID,
      members: entries,
      changes,
    }));

  test.each(['demo.tar', 'docker-classic.tar', 'docker-podman.tar', 'docker-kaniko.tar'])(
    '%s',
    async (name) => {
      const theirs = await countChanges(fixture(name));
      expect(theirs.length).toBeGreaterThan(2);
      expect(await ours(fixture(name))).toEqual(theirs);
    },
  );

  rootTest('a Debian image with packages, and one of 120 layers', async () => {
    for (const { dockerArchive } of await realImages())
      expect(await ours(dockerArchive)).toEqual(await countChanges(dockerArchive));
  });
});

describe('layers', () => {
  test('prints one line a layer, base first: number, sizes, changes, date, instruction', async () => {
    const { status, stdout } = await layers(fixture('oci'));
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        '#   STORED    PLAIN  +  ~  m  -  CREATED     INSTRUCTION',
        '1  3.38 kB  9.22 kB  8  0  0  0  2026-03-01  ADD file:0011 in /',
        '2    270 B  6.14 kB  3  1  0  0  2026-03-01  RUN make',
        '3    139 B  2.56 kB  1  0  0  2  2026-03-01  RUN rm -rf /etc/issue /var/spool/* && touch /var/spool/new',
        '',
      ].join('\n'),
    );
  });

  test('a step of several lines is one line, exact in JSON; created_by is as the configuration has it', async () => {
    const [, , , , , , , , , , row] = rowsOf((await layers(DEMO)).stdout);
    expect(row.at(-1)).toBe(
      `RUN <<EOF set -e ln -sfn releases/2 /app/current sed -i 's/"theme": "light"/"theme": "dark"/' /app/config.json EOF`,
    );
    const eleventh = (await json(DEMO)).layers[10];
    expect(eleventh.instruction).toMatch(/^RUN <<EOF\nset -e\nln -sfn releases\/2 \/app\/current\n/);
    expect(eleventh.createdBy).toMatch(/^RUN \|1 RELEASE=2 \/bin\/sh -c set -e\nln -sfn /);
    expect(eleventh.created).toBe('2026-03-01T12:14:00Z');
  });

  test('one image in every form: the same diffIDs, changes and instructions; stored sizes are those of the form', async () => {
    const forms = [
      ['oci', 'gzip'],
      ['oci-plain', 'none'],
      ['oci-zstd', 'zstd'],
      ['oci-archive.tar', 'gzip'],
      ['dir', 'gzip'],
      ['docker-classic.tar', 'none'],
      ['docker-classic.tar.gz', 'none'],
      ['docker-classic.tar.zst', 'none'],
      ['docker-hybrid.tar', 'none'],
      ['docker-podman.tar', 'none'],
      ['docker-kaniko.tar', 'gzip'],
    ] as const;
    const essence = ({ layers: rows }: Listing): object[] =>
      rows.map(({ layer, diffID, plainBytes, entries, changes, instruction }) => ({
        ...{ layer, diffID, plainBytes, entries, changes, instruction },
      }));
    const expected = essence(await json(fixture('oci')));
    for (const [form, compression] of forms) {
      const listing = await json(fixture(form));
      expect([form, essence(listing)]).toEqual([form, expected]);
      expect([form, listing.layers.map((row) => row.compression)]).toEqual([
        form,
        Array(3).fill(compression),
      ]);
    }
  });

  test('stored sizes and digests are those of the blobs, whatever the manifest says of them', async () => {
    for (const name of ['oci', 'oci-zstd', 'oci-estargz', 'oci-zstd-frames', 'demo-oci']) {
      const blobs = path.join(fixture(name), 'blobs/sha256');
      const sizes = new Map(
        readdirSync(blobs).map((hex) => [`sha256:${hex}`, readFileSync(path.join(blobs, hex)).length]),
      );
      for (const { digest, storedBytes } of (await json(fixture(name))).layers)
        expect(storedBytes).toBe(sizes.get(digest ?? ''));
    }
  });

  test('--bytes gives exact numbers, --digests both digests', async () => {
    const { layers: expected } = await json(fixture('oci'));
    const rows = rowsOf((await layers(fixture('oci'), '--bytes', '--digests')).stdout);
    expect(rows.map((row) => [row[1], row[2], row[8], row[9]])).toEqual(
      expected.map(({ storedBytes, plainBytes, digest, diffID }) => [
        String(storedBytes),
        String(plainBytes),
        digest,
        diffID,
      ]),
    );
  });

  test('--sort puts the largest first, as ls and find do; --reverse turns it round; equal ones stay base first', async () => {
    expect(await numbers(DEMO)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await numbers(DEMO, '--sort', 'size')).toEqual([1, 10, 9, 2, 5, 7, 12, 3, 6, 11, 8, 4]);
    expect(await numbers(DEMO, '--sort', 'size', '-r')).toEqual([4, 8, 11, 6, 3, 12, 7, 5, 2, 9, 10, 1]);
    expect(await numbers(DEMO, '--sort', 'changes')).toEqual([1, 10, 2, 9, 5, 12, 3, 7, 6, 8, 11, 4]);
    // Stored and plain sizes rank differently where layers are compressed.
    expect(await numbers(fixture('oci-zstd-frames'), '--sort', 'plain')).toEqual([2, 3, 1]);
    expect(await numbers(fixture('oci-empty-layers'), '--sort', 'size')).toEqual([2, 1, 3]);
    expect(await numbers(fixture('oci'), '--sort', 'layer', '--reverse')).toEqual([3, 2, 1]);
    const text = await layers(DEMO, '--sort', 'size');
    expect(rowsOf(text.stdout).map(([number]) => number)).toEqual(
      (await numbers(DEMO, '--sort', 'size')).map(String),
    );
  });

  test('a snapshot has the layers up to its own; one that is not there ends with 4 and the range', async () => {
    expect(await json(`${DEMO}@3`)).toMatchObject({ snapshot: 3, layers: [{ layer: 1 }, {}, { layer: 3 }] });
    expect(await numbers(`${DEMO}@-11`)).toEqual([1, 2]);
    expect(await numbers(`${DEMO}@0`)).toEqual([]);
    const { layers: all } = await json(fixture('oci'));
    expect(await numbers(`${fixture('oci')}@${(all[1].diffID ?? '').slice(0, 20)}`)).toEqual([1, 2]);
    for (const suffix of ['@13', '@-13', '@sha256:0000000000'])
      for (const flags of [[], ['--json']]) {
        const ended = await layers(`${DEMO}${suffix}`, ...flags);
        expect(ended.status).toBe(4);
        expect(ended.stdout + ended.stderr).toContain('E_SNAPSHOT_RANGE');
        expect(ended.stdout + ended.stderr).toContain('the image has layers 1 to 12');
      }
  });

  test('wrong usage ends with 2', async () => {
    for (const argv of [[], [DEMO, '--sort', 'colour'], [DEMO, '--bogus'], [DEMO, '/etc']])
      expect([argv, (await layers(...argv)).status]).toEqual([argv, 2]);
  });
});

describe('layers of odd and damaged images', () => {
  test('a layer that is held elsewhere is named so, without changes; the others are counted', async () => {
    const listing = await json(fixture('oci-foreign'));
    expect(listing.layers).toMatchObject([
      { absent: 'foreign', storedBytes: 3381, plainBytes: null, compression: null, entries: 0 },
      { absent: null, plainBytes: 2048, entries: 1, changes: { added: 1 } },
    ]);
    expect(listing.layers[0].changes).toEqual({ added: 0, replaced: 0, metadata: 0, removed: 0 });
    expect(listing.layers[0].diffID).toMatch(/^sha256:/);
    expect(rowsOf((await layers(fixture('oci-foreign'))).stdout)[0][2]).toBe('foreign');
  });

  test('a layer whose blob is missing is told, and fails under --strict', async () => {
    const image = fixture('damaged/missing-blob');
    expect((await json(image)).layers.map(({ absent }) => absent)).toEqual([null, 'missing', null]);
    const { status, stdout, stderr } = await layers(image);
    expect([status, rowsOf(stdout)[1][2]]).toEqual([0, 'missing']);
    expect(stderr).toContain('warning layer-absent: ');
    expect((await layers(image, '--strict')).status).toBe(3);
    const strict = await layers(image, '--strict', '--json');
    expect(strict.status).toBe(3);
    expect(strict.stderr).toContain('E_DAMAGED: reading the image strictly: 0 errors and 1 warning\n');
    expect(validJson('layers.json', strict)).toEqual(validJson('layers.json', await layers(image, '--json')));
  });

  test('layers without a step of the history have no instruction', async () => {
    expect((await json(fixture('oci-history'))).layers).toMatchObject([
      { instruction: 'RUN two' },
      { instruction: null, created: null, createdBy: null },
    ]);
  });

  test('500 layers, a nested index, several tags, sha512, Windows, a root file system', async () => {
    expect((await json(fixture('oci-500-layers'))).layers).toHaveLength(500);
    expect((await json(fixture('oci-nested'), '--platform', 'linux/arm64')).layers[0].instruction).toBe(
      'RUN build arm64',
    );
    expect((await json(`${fixture('oci-several')}:two`)).layers).toHaveLength(3);
    expect((await json(fixture('oci-sha512'))).layers[0].digest).toMatch(/^sha512:/);
    expect((await json(fixture('oci-windows'))).layers[0].instruction).toBe('Apply image 10.0.20348.2700');
    expect((await json(`rootfs:${fixture('rootfs.tar')}`)).layers).toMatchObject([
      { instruction: null, changes: { added: 8 } },
    ]);
  });

  test.each([
    ['broken-gzip', 'E_COMPRESSION'],
    ['broken-tar', 'E_TAR'],
    ['wrong-diffid', 'E_DIGEST_MISMATCH'],
    ['wrong-digest-plain', 'E_DIGEST_MISMATCH'],
    ['truncated-blob', 'E_SIZE_MISMATCH'],
    ['truncated-docker-archive.tar', 'E_TRUNCATED'],
  ])('%s ends with 3 and %s, and lists nothing', async (name, code) => {
    const ended = await layers(fixture(`damaged/${name}`));
    expect([ended.status, ended.stdout]).toEqual([3, '']);
    expect(ended.stderr).toMatch(new RegExp(`^${code}: `, 'm'));
    const told = await layers(fixture(`damaged/${name}`), '--json');
    expect(told.status).toBe(3);
    expect(JSON.parse(told.stdout)).toMatchObject({ error: { code } });
  });

  test('no control character of a history reaches the terminal', async () => {
    const image = await hostileImage(folder());
    for (const flags of [[], ['--digests'], ['--color=always'], ['--json']]) {
      const { status, stdout, stderr } = await runCommand(Layers, [image, ...flags], { tty: 400 });
      expect([status, withoutColour(stderr)]).toEqual([0, expect.not.stringMatching(CONTROL)]);
      expect(withoutColour(stdout)).not.toMatch(CONTROL);
      expect(withoutColour(stdout)).toContain(flags.includes('--json') ? 'u001b[2J' : 'x1b[2J');
    }
  });
});
