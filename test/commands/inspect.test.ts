import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Inspect from '../../src/commands/inspect.js';
import { HOSTILE, hostileImage } from '../helpers/hostile-image.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { FIXTURES, RUN, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const inspect = (...argv: string[]) => runCommand(Inspect, argv);
const fixture = (name: string): string => path.join(FIXTURES, name);

interface Inspected {
  readonly image: { readonly name: string; readonly transport: string; readonly digest: string | null };
  readonly snapshot: number;
  readonly storedBytes: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly layers: readonly Readonly<Record<'digest' | 'diffID' | 'storedBytes' | 'absent', unknown>>[];
  readonly siblings: readonly Readonly<Record<string, unknown>>[];
  readonly anomalies: readonly { readonly code: string }[];
}

async function json(...argv: string[]): Promise<Inspected> {
  const ended = await inspect(...argv, '--json', '-q');
  expect([argv, ended.status, ended.stderr]).toEqual([argv, 0, '']);
  return validJson('inspect.json', ended) as Inspected;
}

const MEDIA = /^reading (?:docker-archive|oci|oci-archive|dir):/;

describe('the summary', () => {
  test('tells platform, times, layers and what a container is started with', async () => {
    const { status, stdout, stderr } = await inspect(DEMO);
    expect([status, MEDIA.test(stderr)]).toEqual([0, true]);
    expect(linesOf(stdout).slice(1)).toEqual([
      'Tags         harbour-notes:2.4',
      expect.stringMatching(/^Platform {5}linux\/\w+$/),
      'Created      2026-03-01T12:21:00Z',
      'Author       The Harbour Crew <crew@harbour.example>',
      expect.stringMatching(/^Layers {7}12 layers, \d\.\d\d MB stored$/),
      'User         notes',
      'Entrypoint   ["/app/bin/notes"]',
      'Cmd          ["serve"]',
      'Directory    /app',
      'Env          PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      '             NOTES_HOME=/app',
      '             PORT=8080',
      'Ports        8080/tcp',
      'Volumes      /app/data',
      'Stop signal  SIGTERM',
      'Health       {"Test":["CMD-SHELL","wget -qO- http://localhost:8080/ || exit 1"],"Interval":30000000000,"Timeout":3000000000,"Retries":3}',
      'Labels       org.opencontainers.image.title=harbour-notes',
      '             org.opencontainers.image.version=2.4',
    ]);
    expect(stdout).toMatch(/^Image {8}docker-archive:.*demo\.tar\n/);
  });

  test('of a snapshot counts the layers up to its own; one that is not there ends with 4', async () => {
    const whole = await json(DEMO);
    const third = await json(`${DEMO}@3`);
    expect([third.snapshot, third.layers]).toEqual([3, whole.layers.slice(0, 3)]);
    expect(third.storedBytes).toBe(
      whole.layers.slice(0, 3).reduce((sum, layer) => sum + Number(layer.storedBytes), 0),
    );
    const { stdout } = await inspect(`${DEMO}@3`, '--bytes');
    expect(stdout).toContain(`Layers       3 layers, ${String(third.storedBytes)} stored\n`);
    expect(stdout).toContain('Snapshot     after layer 3 of 12; all else is of the whole image\n');
    expect((await inspect(`${DEMO}@-1`)).stdout).not.toContain('Snapshot');
    const missing = await inspect(`${DEMO}@13`);
    expect([missing.status, missing.stdout]).toEqual([4, '']);
    expect(missing.stderr).toContain('E_SNAPSHOT_RANGE');
  });

  test('says which layers are not here', async () => {
    expect((await inspect(fixture('oci-foreign'))).stdout).toContain(', 1 not here\n');
    expect((await json(fixture('oci-foreign'))).layers.map(({ absent }) => absent)).toEqual([
      'foreign',
      null,
    ]);
    const missing = await json(fixture('damaged/missing-blob'));
    expect(missing.layers.map(({ absent }) => absent)).toEqual([null, 'missing', null]);
    expect(missing.anomalies.map(({ code }) => code)).toEqual(['layer-absent']);
    expect((await inspect(fixture('damaged/missing-blob'), '--strict')).status).toBe(3);
  });

  test('no text of an image gets its control characters to the terminal', async () => {
    const image = await hostileImage(folder());
    for (const flags of [
      [],
      ['--color=always'],
      ['--raw', 'config'],
      ['--raw', 'index'],
      ['--raw', 'manifest'],
    ]) {
      const { status, stdout } = await runCommand(Inspect, [image, ...flags], { tty: 80 });
      expect([flags, status]).toEqual([flags, 0]);
      expect(withoutColour(stdout)).not.toMatch(CONTROL);
      expect(linesOf(stdout).some((line) => line.startsWith('E_INTERNAL'))).toBe(false);
    }
    const { config } = await json(image);
    expect(config).toMatchObject({ user: HOSTILE, env: [`WHO=${HOSTILE}`], labels: { [HOSTILE]: HOSTILE } });
  });
});

/** Forms of the same small image, the diffIDs of which are those of `oci`. */
const FORMS = [
  ['oci', 'oci'],
  ['oci-plain', 'oci'],
  ['oci-zstd', 'oci'],
  ['oci-archive.tar', 'oci-archive'],
  ['dir', 'dir'],
  ['docker-classic.tar', 'docker-archive'],
  ['docker-classic.tar.gz', 'docker-archive'],
  ['docker-classic.tar.zst', 'docker-archive'],
  ['docker-hybrid.tar', 'oci-archive'],
  ['docker-podman.tar', 'docker-archive'],
  ['docker-kaniko.tar', 'docker-archive'],
] as const;

describe('every form', () => {
  test.each(FORMS)('%s is the same image, read through %s', async (name, transport) => {
    const expected = await json(fixture('oci'));
    const inspected = await json(fixture(name));
    expect(inspected.image.transport).toBe(transport);
    expect(inspected.image.name.startsWith(`${transport}:`)).toBe(true);
    expect(inspected.config).toEqual(expected.config);
    expect(inspected.layers.map(({ diffID }) => diffID)).toEqual(expected.layers.map(({ diffID }) => diffID));
    expect(inspected.anomalies).toEqual([]);
  });

  test('odd ones are told as the schema says', async () => {
    for (const name of ['oci-500-layers', 'oci-empty-layers', 'oci-estargz', 'oci-history', 'oci-windows'])
      await json(fixture(name));
    for (const name of ['oci-wrong-types', 'oci-zstd-frames', 'demo-oci', 'demo-zstd', 'demo.oci.tar'])
      await json(fixture(name));
    expect((await json(fixture('oci-sha512'))).image.digest).toMatch(/^sha512:/);
    const rootfs = await json(`rootfs:${fixture('rootfs.tar')}`);
    expect(rootfs).toMatchObject({
      image: { transport: 'rootfs', digest: null },
      layers: [{ diffID: null }],
    });
  });
});

describe('the first look on a machine: there is no store yet', () => {
  test('a compressed archive and one from standard input are opened; what is kept is for the owner alone', () => {
    for (const [at, argv] of [
      ['file', ['inspect', fixture('docker-classic.tar.gz')]],
      ['pipe', ['inspect', '-']],
      ['layers', ['layers', '-']],
    ] as const) {
      const store = path.join(folder(), 'new', at);
      const { status, stderr } = spawnSync(process.execPath, [RUN, ...argv, '-q'], {
        encoding: 'utf8',
        input: readFileSync(fixture('docker-classic.tar')),
        env: { ...process.env, STRATA_STORE: store },
      });
      expect([at, status, stderr]).toEqual([at, 0, '']);
      expect(statSync(store).mode & 0o777).toBe(0o700);
    }
  });
});

describe('which image', () => {
  test('several without a choice: 2, and what there is to choose from', async () => {
    for (const [name, choices] of [
      ['docker-several.tar', 'small:1, other:1'],
      ['oci-several', 'one, two, @2'],
    ]) {
      const { status, stdout, stderr } = await inspect(fixture(name));
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^E_AMBIGUOUS: /m);
      expect(stderr).toContain(`: ${choices}\nhint: choose one, for example `);
      // The hint can be followed.
      const example = /for example (\S+)$/m.exec(stderr)?.[1] ?? '';
      expect((await inspect(example)).status).toBe(0);
    }
  });

  test('a tag or an index chooses; one that is not there: 4', async () => {
    const two = await json(`${fixture('oci-several')}:two`);
    expect(two.config.env).toEqual(['NAME=two']);
    expect((await json(`${fixture('oci-several')}:@2`)).config.env).toEqual(['NAME=untagged']);
    expect((await json(`${fixture('docker-several.tar')}:other:latest`)).config.env).toEqual(['NAME=other']);
    const none = await inspect(`${fixture('oci-several')}:three`);
    expect([none.status, none.stdout]).toEqual([4, '']);
  });

  test('--platform chooses from an index, and what is beside it is listed', async () => {
    const arm = await json(fixture('oci-nested'), '--platform', 'linux/arm64');
    expect(arm).toMatchObject({
      image: { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      architecture: 'arm64',
    });
    expect(arm.siblings.map(({ role, present }) => [role, present])).toEqual([
      ['index', true],
      ['image', true],
      ['attestation', true],
      ['attestation', true],
      ['artifact', true],
    ]);
    const amd = await json(fixture('oci-nested'), '--platform', 'linux/amd64');
    expect(amd.image.digest).toBe(arm.siblings.find(({ role }) => role === 'image')?.digest);
    const none = await inspect(fixture('oci-nested'), '--platform', 'plan9/mips');
    expect([none.status, none.stdout]).toEqual([4, '']);
    expect(none.stderr).toContain('linux/arm64/v8');
    expect((await inspect(fixture('oci-nested'), '--platform', '//')).status).toBe(2);
  });
});

describe('damage', () => {
  test.each([
    ['missing-config', 4, 'E_BLOB_MISSING'],
    ['missing-manifest', 4, 'E_BLOB_MISSING'],
    ['wrong-digest-config', 3, 'E_DIGEST_MISMATCH'],
    ['wrong-digest-manifest', 3, 'E_DIGEST_MISMATCH'],
    ['not-json', 3, 'E_JSON'],
    ['no-index', 3, 'E_NOT_AN_IMAGE'],
    ['not-a-tar.tar', 3, 'E_NOT_AN_IMAGE'],
    ['empty.tar', 3, 'E_NOT_AN_IMAGE'],
    ['truncated-oci-archive.tar', 3, 'E_TRUNCATED'],
  ])('%s ends with %d and %s', async (name, code, error) => {
    const ended = await inspect(fixture(`damaged/${name}`));
    expect([ended.status, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toMatch(new RegExp(`^${error}: `, 'm'));
    const told = await inspect(fixture(`damaged/${name}`), '--json', '-q');
    expect([told.status, told.stderr]).toEqual([code, '']);
    expect(JSON.parse(told.stdout)).toMatchObject({ schemaVersion: 1, error: { code: error } });
  });

  test('no layer is read: damage inside of one is not seen', async () => {
    for (const name of ['broken-gzip', 'broken-tar', 'wrong-diffid', 'wrong-digest-plain'])
      expect((await json(fixture(`damaged/${name}`))).anomalies).toEqual([]);
  });

  test('a file that is not there ends with 4, no image at all with 2', async () => {
    expect((await inspect(fixture('nope.tar'))).status).toBe(4);
    expect((await inspect()).status).toBe(2);
  });
});
