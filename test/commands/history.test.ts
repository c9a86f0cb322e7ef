import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import History from '../../src/commands/history.js';
import { parseDockerfile } from '../layers/dockerfile-parser.js';
import { HOSTILE, hostileImage } from '../helpers/hostile-image.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { realImages } from '../helpers/real-images.js';
import { rootTest } from '../helpers/root.js';
import { FIXTURES, RUN, runCommand } from '../helpers/run-command.js';

const folder = useFolder();
const history = (...argv: string[]) => runCommand(History, argv);
const fixture = (name: string): string => path.join(FIXTURES, name);

interface Steps {
  readonly snapshot: number;
  readonly steps: readonly {
    readonly step: number;
    readonly layer: number | null;
    readonly storedBytes: number | null;
    readonly created: string | null;
    readonly keyword: string;
    readonly instruction: string;
    readonly builder: string;
    readonly createdBy: string;
    readonly comment: string;
  }[];
}

interface Reconstructed {
  readonly dockerfile: string;
  readonly lines: readonly { readonly text: string; readonly layer?: number; readonly confidence: string }[];
}

async function json<T>(...argv: string[]): Promise<T> {
  const ended = await history(...argv, '--json', '-q');
  expect([argv, ended.status, ended.stderr]).toEqual([argv, 0, '']);
  return validJson('history.json', ended) as T;
}

/** The history of a configuration as it is stored in a `docker save` archive, taken out by GNU tar. */
function storedHistory(archive: string): { created?: string; created_by?: string; empty_layer?: boolean }[] {
  const take = (name: string): string =>
    execFileSync('tar', ['-xOf', archive, '--occurrence=1', name], { encoding: 'utf8', maxBuffer: 1e8 });
  const [{ Config }] = JSON.parse(take('manifest.json')) as [{ Config: string }];
  return (JSON.parse(take(Config)) as { history: ReturnType<typeof storedHistory> }).history;
}

describe('the steps', () => {
  test('one line a step, the first on top: number, layer, size, time, instruction', async () => {
    const { status, stdout } = await history(DEMO);
    expect(status).toBe(0);
    const lines = linesOf(stdout);
    expect(lines).toHaveLength(23);
    expect([lines[0], lines[1], lines[2], lines[8], lines[15], lines[20]]).toEqual([
      'STEP  LAYER   STORED  CREATED              INSTRUCTION',
      '   1      1  2.06 MB  2026-03-01 12:00:00  ADD file:5d6b1f30c0e6a9a3b54f3f61f0a2c1f6e2a4bb7d7d0b9c8e4f1a2d3c4b5a6978 in /',
      '   2      -        -  2026-03-01 12:01:00  CMD ["sh"]',
      '   8      4  1.54 kB  2026-03-01 12:07:00  WORKDIR /app',
      expect.stringContaining('RUN <<EOF set -e ln -sfn releases/2 /app/current sed -i '),
      '  20      -        -  2026-03-01 12:19:00  HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD wget -qO- http://localhost:8080/ || exit 1',
    ]);
    expect(linesOf((await history(DEMO, '--reverse')).stdout).slice(1)).toEqual(lines.slice(1).reverse());
    expect(linesOf((await history(DEMO, '--bytes')).stdout)[8]).toContain('    1536  ');
  });

  test('are those of the stored configuration, a layer for each that is not empty', async () => {
    for (const archive of [DEMO, fixture('docker-podman.tar'), fixture('docker-kaniko.tar')]) {
      const { steps } = await json<Steps>(archive);
      let layer = 0;
      expect(steps.map((step) => [step.step, step.layer, step.created, step.createdBy])).toEqual(
        storedHistory(archive).map((stored, i) => [
          i + 1,
          stored.empty_layer === true ? null : ++layer,
          stored.created ?? null,
          stored.created_by ?? '',
        ]),
      );
      expect(layer).toBeGreaterThan(2);
    }
  });

  test('--raw is created_by as stored', async () => {
    const lines = linesOf((await history(DEMO, '--raw')).stdout);
    expect(lines[2]).toMatch(/ {2}\/bin\/sh -c #\(nop\) {2}CMD \["sh"\]$/);
    expect(lines[6]).toMatch(/ RUN \|1 RELEASE=2 \/bin\/sh -c apt-get update && .* # buildkit$/);
    expect((await history(DEMO, '--raw', '--dockerfile')).status).toBe(2);
  });

  test('a terminal cuts long instructions, --full does not', async () => {
    const run = async (...flags: string[]) =>
      linesOf((await runCommand(History, [DEMO, ...flags], { tty: 80 })).stdout);
    for (const line of await run()) expect(withoutColour(line).length).toBeLessThanOrEqual(80);
    expect((await run('--full')).map(withoutColour)).toEqual(linesOf((await history(DEMO)).stdout));
  });

  test('of a snapshot end with the one that made its layer; a layer that is not there ends with 4', async () => {
    expect(await json<Steps>(`${DEMO}@2`)).toMatchObject({ snapshot: 2 });
    const numbers = async (at: string): Promise<number[]> =>
      (await json<Steps>(`${DEMO}${at}`)).steps.map(({ step }) => step);
    expect(await numbers('@1')).toEqual([1]);
    expect(await numbers('@2')).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await numbers('@-1')).length).toBe(22);
    expect((await history(`${DEMO}@13`)).stderr).toContain('E_SNAPSHOT_RANGE');
    expect((await history(`${DEMO}@13`)).status).toBe(4);
  });

  test('a history that does not fit: layers without a step get one without words', async () => {
    const { steps } = await json<Steps>(fixture('oci-history'));
    expect(steps.map(({ layer, instruction, createdBy }) => [layer, instruction, createdBy])).toEqual([
      [1, 'RUN two', 'RUN /bin/sh -c two # buildkit'],
      [2, '', ''],
    ]);
    expect((await json<Steps>(`rootfs:${fixture('rootfs.tar')}`)).steps).toMatchObject([{ layer: 1 }]);
    expect((await json<Steps>(fixture('oci-500-layers'))).steps).toHaveLength(500);
    expect((await json<Steps>(fixture('oci-nested'), '--platform', 'linux/arm64')).steps).toMatchObject([
      { instruction: 'RUN build arm64' },
    ]);
    expect((await json<Steps>(fixture('oci-windows'))).steps.map(({ instruction }) => instruction)).toEqual([
      'Apply image 10.0.20348.2700',
      'CMD ["cmd"]',
    ]);
  });
});

/** The Dockerfile of the demo as its author wrote it, but for what no image tells. */
const DEMO_DOCKERFILE = `FROM scratch
ADD unknown-source/file-5d6b1f30c0e6 /
CMD ["sh"]
LABEL org.opencontainers.image.title=harbour-notes org.opencontainers.image.version=2.4
ENV NOTES_HOME=/app PORT=8080
ARG RELEASE=2
RUN apt-get update \\
    && apt-get install -y --no-install-recommends curl iputils-ping login \\
    && adduser --system --uid 1000 --group notes
RUN rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb && apt-get purge -y curl
WORKDIR /app
COPY . /app
COPY deploy /root/.deploy
RUN ./build.sh "$RELEASE" && rm -rf cache && mkdir cache
RUN rm -rf /root/.deploy
RUN chmod -R g+w /app
RUN chown -R notes:notes /app
RUN <<EOF
set -e
ln -sfn releases/2 /app/current
sed -i 's/"theme": "light"/"theme": "dark"/' /app/config.json
EOF
COPY --chown=notes:notes uploads /app/uploads
USER notes
EXPOSE 8080
VOLUME /app/data
HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD wget -qO- http://localhost:8080/ || exit 1
ENTRYPOINT ["/app/bin/notes"]
CMD ["serve"]
ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
STOPSIGNAL SIGTERM
`;
const withoutComments = (text: string): string => text.replace(/^#.*\n/gm, '');

describe('--dockerfile', () => {
  test('of the demo is what its author wrote; comments say what is not known', async () => {
    const { status, stdout } = await history(DEMO, '--dockerfile');
    expect(status).toBe(0);
    expect(withoutComments(stdout)).toBe(DEMO_DOCKERFILE);
    expect(linesOf(stdout).filter((line) => line.startsWith('#'))).toEqual([
      '# Reconstructed from the history of an image.',
      '# BuildKit records neither --from of COPY, nor --mount and --network of RUN, nor ONBUILD.',
      '# nothing names a base, so everything is built from the first layer up',
      expect.stringMatching(/^# a file of unknown name; its checksum: file:5d6b1f30c0e6/),
      "# from the image's configuration; its history does not show it",
    ]);
  });

  test('--json has the text, and line by line how sure it is and which layer it makes', async () => {
    const { dockerfile, lines } = await json<Reconstructed>(DEMO, '--dockerfile');
    expect(dockerfile).toBe((await history(DEMO, '--dockerfile')).stdout);
    expect(lines.map(({ text }) => `${text}\n`).join('')).toBe(DEMO_DOCKERFILE);
    expect(lines.flatMap(({ layer }) => layer ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(lines.find(({ text }) => text.startsWith('ADD'))?.confidence).toBe('guess');
    expect(lines.find(({ text }) => text.startsWith('WORKDIR'))?.confidence).toBe('exact');
  });

  rootTest('of images that buildah and umoci made, of every form and of none at all', async () => {
    const [debian, many] = await realImages();
    const { stdout } = await history(debian.layout, '--dockerfile');
    expect(parseDockerfile(stdout).instructions.map(({ keyword }) => keyword)).toEqual(
      expect.arrayContaining(['FROM', 'ADD', 'RUN']),
    );
    expect(withoutComments(stdout)).toContain('\nRUN pip install --target /opt/site flask pyyaml\n');
    for (const form of [debian.zstd, debian.ociArchive, debian.dockerArchive])
      expect((await history(form, '--dockerfile')).stdout).toBe(stdout);
    for (const image of [
      many.layout,
      fixture('oci-windows'),
      fixture('oci-history'),
      fixture('oci-foreign'),
      `rootfs:${fixture('rootfs.tar')}`,
    ])
      expect((await json<Reconstructed>(image, '--dockerfile')).lines[0].text).toMatch(/^FROM /);
  });

  test('is of a whole image only', async () => {
    const { status, stdout, stderr } = await history(`${DEMO}@2`, '--dockerfile');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^E_USAGE: reconstructing the Dockerfile of .*\nhint: leave the @ out$/m);
    expect((await history(`${DEMO}@12`, '--dockerfile')).status).toBe(0);
  });
});

describe('what the terminal gets, and a pipe', () => {
  test('no control character of a history, in steps and Dockerfile; JSON has the exact text', async () => {
    const image = await hostileImage(folder());
    for (const flags of [[], ['--raw'], ['--full', '--color=always'], ['--dockerfile']]) {
      for (const options of [{ tty: 400 }, {}]) {
        const { status, stdout } = await runCommand(History, [image, ...flags], options);
        expect([flags, status]).toEqual([flags, 0]);
        expect(withoutColour(stdout)).not.toMatch(CONTROL);
        // Lines of a here-document are lines of the Dockerfile too.
        if (flags[0] !== '--dockerfile') expect(stdout).not.toMatch(/^E_INTERNAL/m);
      }
    }
    const { steps } = await json<Steps>(image);
    expect(steps.map(({ createdBy }) => createdBy)).toEqual([
      `RUN /bin/sh -c echo ${HOSTILE} # buildkit`,
      `/bin/sh -c #(nop)  ENV WHO=${HOSTILE}`,
      HOSTILE,
    ]);
    await json<Reconstructed>(image, '--dockerfile');
  });
});

describe('damage and usage', () => {
  test.each([
    ['missing-config', 4, 'E_BLOB_MISSING'],
    ['wrong-digest-config', 3, 'E_DIGEST_MISMATCH'],
    ['not-json', 3, 'E_JSON'],
    ['empty.tar', 3, 'E_NOT_AN_IMAGE'],
  ])('%s ends with %d and %s, also with --dockerfile', async (name, code, error) => {
    for (const flags of [[], ['--dockerfile']]) {
      const ended = await history(fixture(`damaged/${name}`), ...flags);
      expect([ended.status, ended.stdout]).toEqual([code, '']);
      expect(ended.stderr).toMatch(new RegExp(`^${error}: `, 'm'));
    }
  });

  test('no layer is read: damage inside of one is not seen', async () => {
    for (const name of ['broken-gzip', 'broken-tar', 'wrong-diffid', 'wrong-digest-plain'])
      expect((await json<Steps>(fixture(`damaged/${name}`))).steps.length).toBeGreaterThan(0);
  });

  test('a Dockerfile can be piped on', () => {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-o', 'pipefail', '-c', '"$NODE" "$RUN" history "$DEMO" --dockerfile -q | grep -c "^RUN "'],
      { encoding: 'utf8', env: { ...process.env, NODE: process.execPath, RUN, DEMO } },
    );
    expect([status, stdout, stderr]).toEqual([0, '7\n', '']);
    expect(spawnSync(process.execPath, [RUN, 'history'], { encoding: 'utf8' }).status).toBe(2);
  });
});
