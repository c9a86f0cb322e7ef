/**
 * The images that benches measure with, built once from Debian and npm packages and kept in the cache: `small` (3 layers,
 * some 220 MB plain), `medium` (9 layers, 1.5 GB, packages with deletions and copies) and `large` (9 layers, 2.6 GB, a
 * quarter of a million entries of language trees, with copies and re-created directories). Needs root.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuilder, type Builder } from '../test/helpers/builder.js';
import { cached, recipeKey } from '../test/helpers/cache.js';
import { needRoot, tool } from '../test/helpers/tool.js';

export type BenchImageName = 'small' | 'medium' | 'large';

export interface BenchImage {
  readonly name: BenchImageName;
  readonly tag: string;
  /** OCI layouts of the same layers, compressed so. */
  readonly gzip: string;
  readonly zstd: string;
  /** docker-archive with plain layers. */
  readonly plain: string;
}

const HERE = path.dirname(fileURLToPath(import.meta.url));
const RECIPE = [path.join(HERE, 'images.ts'), path.join(HERE, '../test/helpers/builder.ts')];
const TAG = '1';

/** Returns the image, built when the cache does not have it: minutes for the larger ones. */
export async function benchImage(name: BenchImageName): Promise<BenchImage> {
  needRoot();
  const folder = await cached(`bench-${name}`, recipeKey(RECIPE, name), (empty) => build(name, empty));
  return formsIn(folder, name);
}

function formsIn(folder: string, name: BenchImageName): BenchImage {
  const at = (form: string) => path.join(folder, form);
  return { name, tag: TAG, gzip: at('gzip'), zstd: at('zstd'), plain: at('plain.tar') };
}

async function build(name: BenchImageName, folder: string): Promise<void> {
  const base = await debianBase();
  const work = path.join(folder, 'work');
  const builder = startBuilder(work);
  try {
    await RECIPES[name](builder, base, work);
    const forms = formsIn(folder, name);
    const source = `oci:${forms.gzip}:${TAG}`;
    await builder.writeLayout(forms.gzip, TAG);
    await tool('skopeo', [
      'copy',
      '--dest-compress-format',
      'zstd',
      '--dest-compress',
      source,
      `oci:${forms.zstd}:${TAG}`,
    ]);
    await tool('skopeo', ['copy', source, `docker-archive:${forms.plain}:localhost/bench-${name}:${TAG}`]);
  } finally {
    await builder.close();
    await rm(work, { recursive: true, force: true });
  }
}

/** Returns a tar of Debian's smallest root with apt, of the release and from the sources of this machine. */
async function debianBase(): Promise<string> {
  const release = (await tool('sh', ['-c', '. /etc/os-release && printf %s "$VERSION_CODENAME"'])).trim();
  const folder = await cached('bench-base', recipeKey([], release), async (empty) => {
    await tool('mmdebstrap', ['--mode=root', '--variant=minbase', release, path.join(empty, 'base.tar')]);
  });
  return path.join(folder, 'base.tar');
}

const CLEAN = 'apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin';

type Recipe = (builder: Builder, base: string, work: string) => Promise<void>;

const RECIPES: Readonly<Record<BenchImageName, Recipe>> = {
  async small(builder, base) {
    await fromBase(builder, base);
    await apt(builder, `install -y --no-install-recommends curl ca-certificates python3-minimal && ${CLEAN}`);
    await sh(builder, 'chmod -R g+w usr/share/perl5 usr/lib/python3*');
  },

  async medium(builder, base) {
    await fromBase(builder, base);
    await apt(builder, 'install -y python3 python3-pip python3-numpy python3-venv');
    await apt(builder, 'install -y ruby-full');
    await apt(builder, 'install -y build-essential cmake git');
    await apt(builder, 'purge -y ruby-full && apt-get autoremove -y');
    await sh(builder, 'rm -rf var/lib/apt/lists/* var/cache/apt/archives/*');
    await sh(builder, 'chmod -R g+w usr/lib/python3');
    await sh(builder, 'chown -R 1000:1000 usr/share/doc usr/lib/gcc');
    await sh(builder, 'mkdir -p srv/data && head -c 60000000 /dev/urandom > srv/data/blob');
  },

  async large(builder, base, work) {
    const tree = await nodeModules(path.join(work, 'npm'));
    const copy = (to: string) => (root: string) =>
      tool('cp', ['-a', tree, path.join(root, to)]).then(() => undefined);
    await fromBase(builder, base);
    await builder.layer('COPY app /srv/one', copy('srv/one'));
    await builder.layer('COPY app /srv/two', copy('srv/two'));
    await sh(builder, 'chmod -R g+w srv/one');
    await sh(builder, 'chown -R -h 1000:1000 srv/two');
    await builder.layer('RUN rm -rf date-fns && npm install date-fns', async (root) => {
      const module = 'node_modules/date-fns';
      await rm(path.join(root, 'srv/one', module), { recursive: true });
      await tool('cp', ['-a', path.join(tree, module), path.join(root, 'srv/one', module)]);
    });
    await sh(builder, 'rm -rf srv/two/node_modules/aws-sdk srv/one/node_modules/rxjs');
    await sh(builder, 'find srv/one -name "*.d.ts" -delete');
    await sh(
      builder,
      'mkdir srv/data && tar -cf srv/data/one.tar srv/one && tar -cf srv/data/two.tar srv/two && head -c 150000000 /dev/urandom > srv/data/blob',
    );
  },
};

async function fromBase(builder: Builder, base: string): Promise<void> {
  await builder.layer('/bin/sh -c #(nop) ADD file:base in /', async (root) => {
    await tool('tar', ['-xpf', base, '-C', root, '--xattrs', '--xattrs-include=*', '--exclude=./dev/*']);
  });
}

async function sh(builder: Builder, script: string): Promise<void> {
  await builder.layer(`RUN ${script}`, async (root) => {
    await tool('sh', ['-euc', script], { cwd: root });
  });
}

/**
 * Runs apt-get in the root. Its /dev, /proc and name resolution are mounts of a namespace of its own: buildah's mount
 * allows no devices, and none of this is meant to be in the image.
 */
async function apt(builder: Builder, what: string): Promise<void> {
  const script = `
    mount -t proc proc proc
    mount -t tmpfs tmpfs dev
    mknod -m 666 dev/null c 1 3
    mknod -m 666 dev/zero c 1 5
    mknod -m 666 dev/random c 1 8
    mknod -m 666 dev/urandom c 1 9
    touch etc/resolv.conf
    mount --bind /etc/resolv.conf etc/resolv.conf
    export DEBIAN_FRONTEND=noninteractive
    chroot . sh -euc 'apt-get -q update && apt-get -q ${what}'
  `;
  await builder.layer(`RUN apt-get update && apt-get ${what}`, async (root) => {
    await tool('unshare', ['--mount', 'sh', '-euc', script], { cwd: root });
  });
}

/** Some 50,000 files of well-known packages. */
async function nodeModules(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"name":"app","version":"1.0.0","private":true}\n');
  const packages = [
    'typescript@5',
    '@mui/icons-material@6',
    '@mui/material@6',
    'date-fns@4',
    'lodash@4',
    'aws-sdk@2',
    'rxjs@7',
    'webpack@5',
  ];
  await tool(
    'npm',
    ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', ...packages],
    {
      cwd: folder,
    },
  );
  return folder;
}
