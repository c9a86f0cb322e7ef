import { beforeAll, expect, it } from 'vitest';
import { compareTrees, podmanTree, umociTree, type OracleEntry, type OracleTree } from './oracle.js';
import { MANY_LAYERS, realImages, type RealImage } from './real-images.js';
import { describeAsRoot } from './root.js';
import { tool } from './tool.js';

let images: Map<RealImage['name'], RealImage>;

beforeAll(async () => {
  images = new Map((await realImages()).map((image) => [image.name, image]));
}, 600_000);

function named(name: RealImage['name']): RealImage {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
}

async function layers(image: string): Promise<string[]> {
  const manifest = JSON.parse(await tool('skopeo', ['inspect', '--raw', image])) as {
    layers: { mediaType: string }[];
  };
  return manifest.layers.map((layer) => layer.mediaType);
}

describeAsRoot('the real images', () => {
  it('are there as gzip and as zstd, and one has more than a hundred layers', async () => {
    const { layout, zstd, tag } = named('debian');
    const gzipped = await layers(`oci:${layout}:${tag}`);
    const zstandard = await layers(`oci:${zstd}:${tag}`);
    expect(new Set(gzipped)).toEqual(new Set(['application/vnd.oci.image.layer.v1.tar+gzip']));
    expect(new Set(zstandard)).toEqual(new Set(['application/vnd.oci.image.layer.v1.tar+zstd']));
    expect(await layers(`oci:${named('many').layout}:${named('many').tag}`)).toHaveLength(MANY_LAYERS);
  });

  it('umoci and podman see the same Debian image, which has every kind of file', async () => {
    const { layout, tag, dockerArchive } = named('debian');
    const unpacked = await umociTree(layout, tag);
    // Not the layout: podman makes a name of its path, which a cache folder's may not be.
    const mounted = await podmanTree(`docker-archive:${dockerArchive}`);
    // podman makes the root itself, and writes times before 1970 as 1970.
    const except = (name: string) => name === '/' || name === '/odd/before';
    expect(compareTrees(mounted, unpacked, { except })).toEqual([]);
    expect(unpacked.size).toBeGreaterThan(3000);
    expect(new Set([...unpacked.values()].map((entry) => entry.kind))).toEqual(
      new Set(['file', 'directory', 'symlink', 'character', 'block', 'fifo']),
    );
    expect(unpacked.get('/odd/links/lower')?.group).toEqual(['/odd/links/lower', '/odd/links/lower-too']);
    expect(unpacked.get('/bin/ping')?.xattrs).toHaveProperty(['security.capability']);
    expect(unpacked.has('/usr/bin/sudo')).toBe(false);
  });
});

describeAsRoot('compareTrees', () => {
  const entry: OracleEntry = {
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 1,
    mtimeNs: 1n,
    link: '',
    device: '',
    xattrs: {},
    sha256: '00',
    group: ['/a'],
  };
  const changes: Partial<OracleEntry>[] = [
    { kind: 'fifo' },
    { mode: 0o600 },
    { uid: 1 },
    { gid: 1 },
    { size: 2 },
    { mtimeNs: 2n },
    { link: 'b' },
    { device: '1:3' },
    { xattrs: { 'user.a': '' } },
    { sha256: '01' },
    { group: ['/a', '/b'] },
  ];
  const treeOf = (changed: Partial<OracleEntry> = {}): OracleTree =>
    new Map([['/a', { ...entry, ...changed }]]);

  it('finds nothing between equal trees', () => {
    expect(compareTrees(treeOf(), treeOf())).toEqual([]);
  });

  it.each(changes)('finds exactly the facet that differs: %o', (changed) => {
    const [facet] = Object.keys(changed);
    const found = compareTrees(treeOf(changed), treeOf());
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`"/a": ${facet} ours`);
  });

  it('finds a path that only one tree has', () => {
    expect(compareTrees(treeOf(), new Map())).toEqual(['"/a": only ours']);
    expect(compareTrees(new Map(), treeOf())).toEqual(['"/a": only theirs']);
  });
});
