import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAnomalyLog, severityOf } from '../../src/model/anomaly.js';
import { readDescriptor } from '../../src/model/descriptor.js';
import { StrataError } from '../../src/model/error.js';
import { readImageConfig } from '../../src/model/image-config.js';
import { readImageIndex } from '../../src/model/image-index.js';
import { type JsonNode, expectString, field } from '../../src/model/json.js';
import { parseJson } from '../../src/model/json-parse.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { classifyDocument, readManifest } from '../../src/model/manifest.js';
import { readSchema1 } from '../../src/model/schema1.js';
import { corpora } from '../helpers/corpora.js';

type Anomalies = ReturnType<typeof createAnomalyLog>;

const READERS: Record<string, (root: JsonNode, log: Anomalies) => unknown> = {
  config: (root, log) => readImageConfig(root, DEFAULT_LIMITS, log),
  descriptor: (root, log) => readDescriptor(root, log),
  imageindex: (root, log) => readImageIndex(root, '', log),
  imagelayout: (root) => expectString(field(root, 'imageLayoutVersion')),
  manifest: (root, log) => readManifest(root, '', DEFAULT_LIMITS, log),
};

/** `refused`: an error, or an anomaly that makes `verify` end with 3. `noted`: a lesser anomaly. */
function judge(
  bytes: Uint8Array,
  reader: (root: JsonNode, log: Anomalies) => unknown,
): 'refused' | 'noted' | 'fine' {
  const log = createAnomalyLog();
  try {
    reader(parseJson(bytes, 'the case', DEFAULT_LIMITS, 'E_MANIFEST'), log);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(StrataError);
    return 'refused';
  }
  if (log.list.some((anomaly) => severityOf(anomaly) === 'error')) return 'refused';
  return log.list.length > 0 ? 'noted' : 'fine';
}

/** Where strata is not what the schemas say, and why. */
const EXCEPTIONS = new Map<string, 'refused' | 'noted' | 'fine'>([
  // Fields that are only shown are left out with an anomaly, so that the image can be looked into all the same.
  ['config-03-fail.json', 'noted'],
  ['config-10-fail.json', 'noted'],
  // The specification says SHOULD have at least one layer; images without any exist (`FROM scratch` alone).
  ['manifest-06-fail.json', 'fine'],
  // Digests of algorithms that cannot be verified are refused.
  ...[22, 23, 24, 25, 26, 28].map((n): [string, 'refused'] => [`descriptor-${n}-pass.json`, 'refused']),
]);

describe('conformance cases of image-spec', () => {
  const folder = path.join(corpora(), 'image-spec', 'cases');
  test.each(readdirSync(folder))('%s', (file) => {
    const [kind, , verdict] = file.replace('.json', '').split('-');
    const expected = EXCEPTIONS.get(file) ?? (verdict === 'fail' ? 'refused' : 'fine');
    const actual = judge(readFileSync(path.join(folder, file)), READERS[kind]);
    if (EXCEPTIONS.has(file) || expected === 'refused') expect(actual).toBe(expected);
    else expect(actual).not.toBe('refused');
  });
});

describe("manifests of containers/image's tests", () => {
  const rows = readFileSync(path.join(corpora(), 'MANIFEST.tsv'), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(
      ([file]) =>
        /^containers-image\/(?:internal\/)?(?:image|manifest)\/.*\.json$/.test(file) &&
        !/config[^/]*\.json$/.test(file),
    );

  const any = (root: JsonNode, log: Anomalies): unknown => {
    const kind = classifyDocument(root, '', log);
    if (kind === 'index') return readImageIndex(root, '', log);
    return kind === 'schema1'
      ? readSchema1(root, DEFAULT_LIMITS, log)
      : readManifest(root, '', DEFAULT_LIMITS, log);
  };

  test('there are some', () => {
    expect(rows.length).toBeGreaterThan(40);
  });

  test.each(rows.map((row) => [row[0], row[6]] as const))('%s: %s', (file, expected) => {
    const text = readFileSync(path.join(corpora(), file), 'utf8');
    // Links of the repository that the corpus keeps as their target's path.
    if (text.startsWith('../')) return;
    const actual = judge(Buffer.from(text), any);
    if (expected === 'REJECT' && !file.endsWith('schema2-invalid-media-type.json'))
      expect(actual).toBe('refused');
    // A size of -1 stands in these two for one that the conversion did not know yet.
    else if (/schema1-to-(?:oci1|schema2)\.json$/.test(file)) expect(actual).toBe('refused');
    else if (file.includes('artifact')) expect(actual).toBeDefined();
    else expect([file, actual]).not.toEqual([file, 'refused']);
  });
});
