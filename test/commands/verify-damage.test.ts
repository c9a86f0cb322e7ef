import { appendFileSync, cpSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDamages } from '../../src/commands/file/damage.js';
import { StrataError } from '../../src/model/error.js';
import { readDerived, writeDerived } from '../../src/store/derived.js';
import { storePaths } from '../../src/store/paths.js';
import { openStore } from '../../src/store/store.js';
import { CONTROL, linesOf } from '../helpers/look.js';
import { FIXTURES } from '../helpers/run-command.js';
import { dockerSave, fileOf, hex, sha256, tar } from '../images/build.js';
import { codeOf, damage, LAYERS, useLayout, verified, verify } from './verify-layout.js';

const { folder, layout, blobFile, goodLayout } = useLayout();

/** What each damaged fixture is found out by; `null` is one that readers agree to read. */
const DAMAGED: Readonly<Record<string, string | null>> = {
  'broken-gzip': 'E_COMPRESSION',
  'broken-tar': 'E_TAR',
  'empty.tar': 'E_NOT_AN_IMAGE',
  'long-blob': 'E_SIZE_MISMATCH',
  'missing-blob': 'E_BLOB_MISSING',
  'missing-config': 'E_BLOB_MISSING',
  'missing-manifest': 'E_BLOB_MISSING',
  'no-index': 'E_NOT_AN_IMAGE',
  'not-a-tar.tar': 'E_NOT_AN_IMAGE',
  'not-an-image.tar': 'E_NOT_AN_IMAGE',
  'not-json': 'E_JSON',
  'truncated-blob': 'E_SIZE_MISMATCH',
  'truncated-docker-archive.tar': 'E_TRUNCATED',
  'truncated-oci-archive.tar': 'E_TRUNCATED',
  'unknown-media-type': null,
  'wrong-diffid': 'E_DIGEST_MISMATCH',
  'wrong-digest-config': 'E_DIGEST_MISMATCH',
  'wrong-digest-manifest': 'E_DIGEST_MISMATCH',
  'wrong-digest-plain': 'E_DIGEST_MISMATCH',
};

describe('damaged fixtures', () => {
  test('are all known here', () => {
    expect(readdirSync(path.join(FIXTURES, 'damaged')).sort()).toEqual(Object.keys(DAMAGED).sort());
  });

  test.each(Object.entries(DAMAGED))('%s: %s', async (name, code) => {
    const image = path.join(FIXTURES, 'damaged', name);
    const { status, result } = await verified(image);
    expect([status, codeOf(result)]).toEqual(code === null ? [0, undefined] : [3, code]);
    const text = await verify(image, '-q');
    expect(text.status).toBe(status);
    expect(text.stdout + text.stderr).not.toMatch(CONTROL);
    if (code === null) return;
    // The code of what is wrong is on one line, and stderr has the error that the command ended with.
    expect(linesOf(text.stdout + text.stderr).filter((line) => line.includes(`${code}: `))).toHaveLength(1);
    expect(text.stderr).toMatch(new RegExp(`^${String(result.error?.code)}: `));
  });
});

describe('damage', () => {
  test('of several layers is told of each; the others are verified', async () => {
    goodLayout();
    rmSync(blobFile(LAYERS[0]));
    const flipped = Buffer.from(LAYERS[2]);
    flipped[520] ^= 1;
    writeFileSync(blobFile(LAYERS[2]), flipped);
    const { status, result } = await verified(layout());
    expect(status).toBe(3);
    expect(result.damages).toEqual([damage(1, 'E_BLOB_MISSING'), damage(3, 'E_DIGEST_MISMATCH')]);
    expect(result).toMatchObject({
      ok: false,
      verifiedLayers: 1,
      error: { code: 'E_DAMAGED', message: `verifying oci:${layout()}: 2 damages` },
    });
    const { stdout, stderr } = await verify(layout(), '-q');
    expect(linesOf(stdout)).toEqual([
      `damaged E_BLOB_MISSING: reading layer 1: its blob ${sha256(LAYERS[0])} is not in oci:${layout()}`,
      expect.stringMatching(/^damaged E_DIGEST_MISMATCH: layer 3: /),
      'damaged: 1 layer verified, 2.05 kB plain',
    ]);
    expect(stderr).toBe(`E_DAMAGED: verifying oci:${layout()}: 2 damages\n`);
  });

  test('of a blob that grew, shrank or is empty is a wrong size', async () => {
    for (const change of [
      (file: string) => {
        appendFileSync(file, '\0');
      },
      (file: string) => {
        truncateSync(file, 1024);
      },
      (file: string) => {
        truncateSync(file, 0);
      },
    ]) {
      goodLayout();
      change(blobFile(LAYERS[1]));
      const { status, result } = await verified(layout());
      expect([status, codeOf(result)]).toEqual([3, 'E_SIZE_MISMATCH']);
    }
  });

  test('is found in an image that was whole a moment ago', async () => {
    const image = path.join(folder(), 'again');
    cpSync(goodLayout(), image, { recursive: true });
    expect((await verified(image)).status).toBe(0);
    const file = path.join(image, 'blobs/sha256', hex(sha256(LAYERS[1])));
    const bytes = Buffer.from(LAYERS[1]);
    bytes[520] ^= 1;
    writeFileSync(file, bytes);
    expect((await verified(image)).result.damages).toEqual([damage(2, 'E_DIGEST_MISMATCH')]);
  });

  test('is looked for in the bytes, not in what the store knows of them', async () => {
    const escaping = tar([['../x', '']]);
    await verified(`rootfs:${fileOf(folder(), escaping)}`);
    expect((await verified(goodLayout())).status).toBe(0);
    const store = await openStore(storePaths(process.env, folder()));
    const lie = await readDerived(store, 'index', hex(sha256(escaping)));
    await writeDerived(store, 'index', hex(sha256(LAYERS[1])), [lie ?? expect.fail('it is not kept')]);
    expect((await verified(layout())).result).toMatchObject({ ok: true, anomalies: [] });
  });

  test('of a diffID in a docker-archive, where nothing else is promised', async () => {
    const config = { rootfs: { type: 'layers', diff_ids: [LAYERS[0], LAYERS[0], LAYERS[2]].map(sha256) } };
    const file = fileOf(folder(), tar(dockerSave([{ layers: LAYERS, tags: ['a:1'], config }])));
    const { status, result } = await verified(file);
    expect([status, result.damages]).toEqual([3, [damage(2, 'E_DIGEST_MISMATCH')]]);
  });

  test('of a docker-archive without one of its layers names its diffID', async () => {
    const members = dockerSave([{ layers: LAYERS, tags: ['a:1'] }]);
    const at = members.findIndex(([, content]) => content === LAYERS[1]);
    const file = fileOf(folder(), tar(members.filter((_, i) => i !== at)));
    expect((await verified(file)).result.damages).toEqual([damage(2, 'E_BLOB_MISSING')]);
    expect((await verify(file)).stdout).toContain(`its tar with diffID ${sha256(LAYERS[1])}`);
  });

  test.each([1, 2])('of layer %i, of a foreign type but here all the same, is damage too', async (n) => {
    const type = 'application/vnd.oci.image.layer.nondistributable.v1.tar';
    goodLayout({ layerType: type });
    const bytes = Buffer.from(LAYERS[n]);
    bytes[520] ^= 1;
    writeFileSync(blobFile(LAYERS[n]), bytes);
    expect((await verified(layout())).result.damages).toEqual([damage(n + 1, 'E_DIGEST_MISMATCH')]);
  });

  test('is not what the operating system refuses to read, nor a mistake of ours', () => {
    const [layer] = [{ position: 1 }] as unknown as Parameters<typeof readDamages>[0][number]['layer'][];
    for (const code of ['E_UNREADABLE', 'E_INTERNAL', 'E_DISK_FULL'] as const)
      expect(() => readDamages([{ layer, error: new StrataError(code, 'refused') }])).toThrow(
        expect.objectContaining({ code }) as Error,
      );
    expect(readDamages([{ layer, error: new StrataError('E_TAR', 'broken') }, { layer }])).toHaveLength(1);
  });
});
