import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { listImages } from '../../src/images/open.js';
import { corpora } from '../helpers/corpora.js';
import { compareTrees, type OracleTree, umociTree } from '../helpers/oracle.js';
import { snapshotTree, withImage } from '../helpers/our-tree.js';
import { rootTest } from '../helpers/root.js';
import { tool } from '../helpers/tool.js';

interface Row {
  readonly path: string;
  readonly kind: string;
}

const ROWS: Row[] = readFileSync(path.join(corpora(), 'IMAGES.tsv'), 'utf8')
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'))
  .filter(([, , , verdict]) => verdict === 'OK')
  .map(([name, kind]) => ({ path: name, kind }));

/** Images that skopeo 1.9 or umoci 0.4 cannot be asked about, and why. */
const UNASKED = new Map([
  ['go-containerregistry/pkg/v1/layout/test_gc_index/', 'umoci refuses Docker manifests in a layout'],
  ['go-containerregistry/pkg/v1/layout/test_index/', 'umoci refuses Docker manifests in a layout'],
  ['go-containerregistry/pkg/v1/layout/test_index_media_type/', 'a helm chart'],
  ['go-containerregistry/pkg/v1/tarball/hello-world-v25.tar', 'its layout is empty'],
  ['go-containerregistry/pkg/v1/tarball/test_bundle.tar', 'skopeo does not find the tag it lists'],
  ['realworld/busybox-oci-multi/', 'nothing is tagged'],
  ['realworld/busybox-oci-referrers/', 'skopeo does not find the tag'],
  ['regclient/external/', 'the first tag is an index'],
  ['regclient/testrepo/', 'the first tag is an index'],
  ['sylabs-oci-tools/hello-world-cosign-manifest-list/', 'nothing is tagged'],
  ['sylabs-oci-tools/hello-world-cosign-manifest/', 'nothing is tagged'],
  ['sylabs-oci-tools/hello-world-docker-v2-manifest-list/', 'nothing is tagged'],
  ['sylabs-oci-tools/overlayfs-docker-v2-manifest/', 'its layer is squashfs'],
]);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-law1-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The image's names as strata and as skopeo write it; undefined when the source holds nothing for this machine. */
async function names(row: Row): Promise<string | undefined> {
  const file = path.join(corpora(), row.path).replace(/\/$/, '');
  const transport = row.kind === 'oci-dir' ? 'oci' : row.kind;
  const listed = await listImages(`${transport}:${file}`, { spoolDir: folder });
  const image = listed.find((one) => one.role === 'image' && one.tags.length > 0 && one.present);
  if (image === undefined)
    return listed.length === 1 && listed[0].role === 'image' ? `${transport}:${file}` : undefined;
  return `${transport}:${file}:${image.tags[0]}`;
}

rootTest(
  'law 1 on every readable image of the corpora that umoci can be asked about',
  async () => {
    const compared: string[] = [];
    const differing: unknown[] = [];
    const unasked: string[] = [];
    for (const [number, row] of ROWS.entries()) {
      if (row.kind === 'docker-v1-archive') continue;
      const name = await names(row).catch(() => undefined);
      const layout = path.join(folder, String(number));
      let theirs: OracleTree;
      try {
        if (name === undefined) throw new Error('nothing to choose');
        // umoci 0.4 knows no zstd.
        await tool('skopeo', [
          'copy',
          '--quiet',
          '--dest-compress',
          '--dest-compress-format',
          'gzip',
          name,
          `oci:${layout}:1`,
        ]);
        theirs = await umociTree(layout, '1');
      } catch {
        unasked.push(row.path);
        continue;
      }
      const ours = await withImage(`oci:${layout}:1`, ({ union }) =>
        snapshotTree(union, union.layers.length),
      );
      const direct = await withImage(name, ({ union }) => snapshotTree(union, union.layers.length));
      const differences = compareTrees(ours, theirs);
      if (differences.length > 0) differing.push([row.path, differences.slice(0, 5)]);
      if (compareTrees(direct, ours).length > 0)
        differing.push([row.path, 'differs from its own copy by skopeo']);
      compared.push(row.path);
    }
    expect(differing).toEqual([]);
    expect(new Set(unasked)).toEqual(new Set(UNASKED.keys()));
    expect(compared.length).toBeGreaterThan(30);
  },
  600_000,
);
