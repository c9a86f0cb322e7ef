import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openImage } from '../../src/images/open.js';
import { severityOf } from '../../src/model/anomaly.js';
import { StrataError } from '../../src/model/error.js';
import { useNamedCanary } from '../helpers/canary.js';
import { corpora } from '../helpers/corpora.js';
import { temporary } from './build.js';

const rows = readFileSync(path.join(corpora(), 'MANIFEST.tsv'), 'utf8')
  .split('\n')
  .map((line) => line.split('\t'))
  .filter(([file]) => file.startsWith('hostile/images/'))
  .map((row): [string, string] => [row[0], row[6]]);

/** What only reading the layers can reject, so that `open` must let it pass. */
const FOR_VERIFY = new Set(['hostile/images/docker/045-diffid-wrong.tar']);

/** The choices made where the corpus leaves one. */
const BOUND: Record<string, string> = {
  '043-dup-config': 'config-digest-mismatch',
  '053-config-20MB': 'E_LIMIT',
  '059-env-bad-types': 'config-field-invalid',
  '079-tags-dup-two-images': 'tag-ambiguous',
  '129-layer-mt-00': 'media-type-invalid',
  '131-layer-mt-02': 'E_MEDIA_TYPE',
  '133-layer-mt-04': 'blob-media-type',
  '135-layer-mt-06': 'blob-media-type',
  '137-layer-mt-08': 'media-type-invalid',
  '139-layer-mt-10': 'media-type-invalid',
  '141-layer-urls-ssrf': 'layer-foreign',
  '147-schema1-mt': 'E_MANIFEST',
  '151-case-keys': 'json-key-case',
  '159-config-empty-mt': 'E_NOT_CONTAINER_IMAGE',
  '175-platforms-same-5': 'platform-ambiguous',
};

const spoolDir = temporary();

async function open(
  file: string,
): Promise<{ code: string | undefined; anomalies: string[]; errors: number; layers: number }> {
  try {
    const { image, close } = await openImage(path.join(corpora(), file), { spoolDir, platform: undefined });
    await close();
    return {
      code: undefined,
      anomalies: image.anomalies.map((anomaly) => anomaly.code),
      errors: image.anomalies.filter((anomaly) => severityOf(anomaly) === 'error').length,
      layers: image.layers.length,
    };
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(StrataError);
    const { code, message, exitCode } = thrown as StrataError;
    expect(exitCode).toBe(3);
    expect(message.length).toBeLessThan(1000);
    return { code, anomalies: [], errors: 1, layers: 0 };
  }
}

describe('hostile images', () => {
  useNamedCanary();

  test('there are 88 of them', () => {
    expect(rows).toHaveLength(88);
  });

  test.each(rows)('%s: %s', async (file, expected) => {
    const { code, anomalies, errors, layers } = await open(file);
    if (expected === 'REJECT' && !FOR_VERIFY.has(file)) expect(code).toBeDefined();
    else if (expected === 'BOUND') {
      const choice = BOUND[path.basename(file, '.tar')];
      expect([code, ...anomalies]).toContain(choice);
    } else {
      expect([code, errors]).toEqual([undefined, 0]);
      expect(layers).toBe(file.includes('155-layers-empty') ? 0 : 1);
    }
  });
});
