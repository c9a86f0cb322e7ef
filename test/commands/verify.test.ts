import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONTROL, DEMO, linesOf } from '../helpers/look.js';
import { FIXTURES } from '../helpers/run-command.js';
import { LayoutBuilder, OCI, sha256, tar } from '../images/build.js';
import { codeOf, damage, LAYERS, useLayout, verified, verify } from './verify-layout.js';

const { folder, layout, goodLayout } = useLayout();

describe('a whole image', () => {
  const whole = readdirSync(FIXTURES).filter((name) => !/^\.|damaged|several|rootfs/.test(name));

  test.each(whole)('%s is ok', async (name) => {
    const { status, result } = await verified(path.join(FIXTURES, name));
    expect([status, result.ok, result.error, result.damages]).toEqual([0, true, null, []]);
    expect(result.anomalies.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('a root file system is read to its end', async () => {
    expect(await verified(`rootfs:${path.join(FIXTURES, 'rootfs.tar')}`)).toMatchObject({
      status: 0,
      result: { ok: true, verifiedLayers: 1 },
    });
  });

  test('says so in one line after its anomalies', async () => {
    const { status, stdout, stderr } = await verify(goodLayout(), '-q');
    expect([status, stdout, stderr]).toEqual([0, 'ok: 3 layers verified, 6.14 kB plain\n', '']);
    const demo = await verify(DEMO);
    expect(demo.status).toBe(0);
    expect(demo.stdout).toMatch(/^anomalies: \d+ .*\n(.*\n)+ok: 12 layers verified, .* plain\n$/);
    expect(demo.stdout).not.toMatch(CONTROL);
  });

  test('that is foreign in part is ok: that layer is not here and need not be', async () => {
    const foreign = path.join(FIXTURES, 'oci-foreign');
    expect(await verified(foreign)).toMatchObject({ status: 0, result: { ok: true, verifiedLayers: 1 } });
    expect(linesOf((await verify(foreign)).stdout).at(-1)).toMatch(/^ok: 1 layer verified, .*, 1 not here$/);
  });

  test('is not blamed for what cannot be told without its foreign layer', async () => {
    // The link's target is in the foreign layer.
    const upper = tar([['link', { hardlink: 'in-base' }]]);
    const base = tar([['in-base', 'base\n']]);
    const builder = new LayoutBuilder();
    const [foreign, own] = [base, upper].map((layer) => ({
      mediaType: OCI.layer,
      digest: sha256(layer),
      size: layer.length,
    }));
    const layers = [{ ...foreign, urls: ['https://layers.example/base'] }, own];
    builder.add(builder.image([base, upper], { changes: { layers } }));
    builder.blobs.delete(sha256(base));
    expect(await verified(builder.write(layout()))).toMatchObject({
      status: 0,
      result: { ok: true, verifiedLayers: 1 },
    });
  });
});

describe('the configuration', () => {
  const steps = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ created_by: `step ${String(i)}` }));

  test('with more steps than layers is refused, as Docker does; with fewer it is odd', async () => {
    const more = await verified(goodLayout({ config: { history: steps(4) } }));
    expect(more.status).toBe(3);
    expect(more.result.damages).toEqual([damage(null, 'E_CONFIG')]);
    const fewer = await verified(goodLayout({ config: { history: steps(2) } }));
    expect(fewer).toMatchObject({ status: 0, result: { ok: true } });
    expect(fewer.result.anomalies).toMatchObject([{ code: 'history-mismatch', severity: 'warning' }]);
  });

  test('may have any number of steps without a layer', async () => {
    const history = [...steps(3), { created_by: 'CMD', empty_layer: true }];
    expect(await verified(goodLayout({ config: { history } }))).toMatchObject({
      status: 0,
      result: { anomalies: [] },
    });
  });

  test.each([2, 4])('with %i diffIDs for three layers is refused', async (count) => {
    const ids = Array.from({ length: count }, (_, i) => sha256(LAYERS[i % 3]));
    const { status, result } = await verified(
      goodLayout({ config: { rootfs: { type: 'layers', diff_ids: ids } } }),
    );
    expect([status, codeOf(result)]).toEqual([3, 'E_CONFIG']);
  });

  test('of another platform than the index says is odd', async () => {
    const { status, result } = await verified(
      goodLayout({ extra: { platform: { os: 'linux', architecture: 's390x' } } }),
    );
    expect(status).toBe(0);
    expect(result.anomalies).toMatchObject([{ code: 'platform-mismatch', severity: 'warning' }]);
  });
});

describe('--strict', () => {
  test('fails on a warning, and says that it does; without it, and on notes, it does not', async () => {
    const odd = path.join(FIXTURES, 'damaged/unknown-media-type');
    expect((await verified(odd)).result).toMatchObject({ ok: true, error: null });
    const { status, result } = await verified(odd, '--strict');
    expect([status, result.ok, result.error?.message]).toEqual([
      3,
      false,
      `verifying oci:${odd}: 1 warning (--strict)`,
    ]);
    expect((await verify(odd, '--strict')).status).toBe(3);
    expect((await verified(path.join(FIXTURES, 'oci-foreign'), '--strict')).status).toBe(0);
  });
});

test('anomalies of severity error fail, and are listed with their places', async () => {
  const builder = new LayoutBuilder();
  builder
    .add(
      builder.image([
        tar([
          ['../../etc/passwd', 'x'],
          ['.wh..', ''],
        ]),
      ]),
    )
    .write(layout());
  const { status, result } = await verified(layout());
  expect([status, result.damages, result.error?.code]).toEqual([3, [], 'E_DAMAGED']);
  expect(result.anomalies.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(
    expect.arrayContaining(['path-escape', 'whiteout-invalid']),
  );
  const { stdout, stderr } = await verify(layout(), '-q');
  expect(stdout).toContain('\nerror path-escape (2 times): ');
  expect(stderr).toBe(`E_DAMAGED: verifying oci:${layout()}: 3 anomalies of severity error\n`);
});

test('what is not there at all is not found, which is no damage', async () => {
  expect((await verified(path.join(folder(), 'nowhere.tar'))).status).toBe(4);
});
