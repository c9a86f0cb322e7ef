/**
 * Images made by the tools people make them with, from Debian, PyPI and npm packages: small enough to be built once per
 * machine in under a minute, rich enough to hold every kind of file and every way a layer changes a lower one.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuilder, type Builder } from './builder.js';
import { cached, recipeKey } from './cache.js';
import { oddFiles } from './odd-files.js';
import { needRoot, tool } from './tool.js';

/** One image in every form; the layers of all but `zstd` and `dockerArchive` (plain) are gzip. */
export interface RealImage {
  readonly name: 'debian' | 'many';
  readonly tag: string;
  /** OCI layout directories. */
  readonly layout: string;
  readonly zstd: string;
  readonly ociArchive: string;
  readonly dockerArchive: string;
}

const HERE = path.dirname(fileURLToPath(import.meta.url));
const RECIPE = ['real-images.ts', 'odd-files.ts', 'builder.ts'].map((name) => path.join(HERE, name));

const TAG = '1';

const BASE_PACKAGES = ['base-files', 'coreutils', 'dash', 'libc6', 'libcap2', 'libselinux1', 'tzdata'];
const ADDED_PACKAGES = ['iputils-ping', 'perl-base', 'sudo'];
const PIP_PACKAGES = ['flask', 'pyyaml'];
const NPM_PACKAGES = ['express@4', 'lodash@4'];

/** Layers of the image `many`. */
export const MANY_LAYERS = 120;

/** Returns both images, built when the cache does not have them. Needs root and the tools of {@link tool}'s table. */
export async function realImages(): Promise<readonly RealImage[]> {
  needRoot();
  const folder = await cached('real', recipeKey(RECIPE), buildAll);
  return (['debian', 'many'] as const).map((name) => forms(folder, name));
}

function forms(folder: string, name: RealImage['name']): RealImage {
  const at = (suffix: string) => path.join(folder, `${name}${suffix}`);
  return {
    name,
    tag: TAG,
    layout: at('-oci'),
    zstd: at('-zstd'),
    ociArchive: at('.oci.tar'),
    dockerArchive: at('.docker.tar'),
  };
}

async function buildAll(folder: string): Promise<void> {
  const work = path.join(folder, 'work');
  await mkdir(work);
  try {
    await Promise.all([
      buildDebian(work, forms(folder, 'debian').layout),
      buildMany(work, forms(folder, 'many').layout),
    ]);
    for (const name of ['debian', 'many'] as const) await writeForms(forms(folder, name), name);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeForms(image: RealImage, name: string): Promise<void> {
  const source = `oci:${image.layout}:${image.tag}`;
  const copy = (...args: string[]) => tool('skopeo', ['copy', '--quiet', ...args]);
  await Promise.all([
    copy('--dest-compress-format', 'zstd', '--dest-compress', source, `oci:${image.zstd}:${image.tag}`),
    copy(source, `oci-archive:${image.ociArchive}:${image.tag}`),
    copy(source, `docker-archive:${image.dockerArchive}:localhost/${name}:${image.tag}`),
  ]);
}

/** Packages, language trees, deletions, copies and odd files in nine layers, made by buildah. */
async function buildDebian(work: string, layout: string): Promise<void> {
  const trees = Promise.all([pipTree(path.join(work, 'pip')), npmTree(path.join(work, 'npm'))]);
  // It is awaited below; a failure of the packages must not leave its own unhandled.
  trees.catch(() => undefined);
  const debs = await downloadPackages(path.join(work, 'debs'));
  const builder = startBuilder(path.join(work, 'buildah'));
  try {
    await debianLayers(builder, debs, trees);
    await builder.writeLayout(layout, TAG);
  } finally {
    await builder.close();
  }
}

async function debianLayers(
  builder: Builder,
  debs: string,
  trees: Promise<readonly [pip: string, npm: string]>,
): Promise<void> {
  const sh = (script: string) => (root: string) =>
    tool('sh', ['-euc', script], { cwd: root }).then(() => undefined);

  await builder.layer('/bin/sh -c #(nop) ADD file:base in /', (root) => unpack(root, debs, BASE_PACKAGES));
  await builder.layer(
    'RUN apt-get update && apt-get install -y iputils-ping perl-base sudo',
    async (root) => {
      await unpack(root, debs, ADDED_PACKAGES);
      await sh(`
      mkdir -p var/lib/apt/lists
      head -c 300000 /dev/urandom > var/lib/apt/lists/main_Packages
      setcap cap_net_raw+ep bin/ping
      chmod 4755 usr/bin/sudo
    `)(root);
    },
  );
  await builder.layer('RUN rm -rf /var/lib/apt/lists/*', sh('rm -rf var/lib/apt/lists/*'));
  await builder.layer('RUN apt-get purge -y sudo', async (root) => {
    await remove(root, 'sudo');
  });
  const [pip, npm] = await trees;
  await builder.layer(
    'RUN pip install --target /opt/site flask pyyaml',
    sh(`mkdir opt && cp -a '${pip}' opt/site`),
  );
  await builder.layer('RUN npm ci', sh(`mkdir -p srv/app && cp -a '${npm}'/. srv/app/`));
  await builder.layer(
    'RUN npm prune && chown -R 1000:1000 /srv/app && chmod -R g+w /etc',
    sh(`
      rm -rf srv/app/node_modules/lodash
      chown -R -h 1000:1000 srv/app
      chmod -R g+w etc
      rm -rf opt/site/yaml && mkdir opt/site/yaml && echo new > opt/site/yaml/__init__.py
      rm usr/share/zoneinfo/Europe/Berlin && mkdir usr/share/zoneinfo/Europe/Berlin
      rm -rf usr/share/zoneinfo/Asia && echo gone > usr/share/zoneinfo/Asia
      mv usr/share/zoneinfo/America usr/share/zoneinfo/Columbia
      touch -h -d 2001-02-03T04:05:06.789Z usr/share/doc/dash
    `),
  );
  await builder.layer('RUN odd files', (root) => oddFiles(root, 'first'));
  await builder.layer('RUN odd files changed', (root) => oddFiles(root, 'second'));
}

/** {@link MANY_LAYERS} layers made by umoci, each with additions, replacements, deletions or a changed mode. */
async function buildMany(work: string, layout: string): Promise<void> {
  const bundle = path.join(work, 'bundle');
  const image = `${layout}:${TAG}`;
  await tool('umoci', ['init', '--layout', layout]);
  await tool('umoci', ['new', '--image', image]);
  await tool('umoci', ['unpack', '--image', image, bundle]);
  const root = path.join(bundle, 'rootfs');
  for (let i = 1; i <= MANY_LAYERS; i++) {
    const script = `
      mkdir -p a/b c
      echo ${String(i)} > latest
      echo ${String(i)} > a/b/file${String(i)}
      ln a/b/file${String(i)} c/link${String(i)}
      if [ $((${String(i)} % 7)) = 0 ]; then rm -f a/b/file${String(i - 3)} c/link${String(i - 4)}; fi
      if [ $((${String(i)} % 25)) = 0 ]; then rm -rf c && mkdir c && echo new > c/new; fi
      if [ $((${String(i)} % 30)) = 0 ]; then chmod -R g+w a; fi
      touch -d @$((1700000000 + ${String(i)})) latest
    `;
    await tool('sh', ['-euc', script], { cwd: root });
    await tool('umoci', [
      'repack',
      '--refresh-bundle',
      '--image',
      image,
      '--history.created_by',
      `RUN step ${String(i)}`,
      bundle,
    ]);
  }
  await tool('umoci', ['gc', '--layout', layout]);
}

async function downloadPackages(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const names = [...BASE_PACKAGES, ...ADDED_PACKAGES];
  const download = () =>
    tool('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...names], { cwd: folder });
  try {
    await download();
  } catch {
    // A fresh machine has no package lists, an old one outdated lists.
    await tool('apt-get', ['-q', 'update']);
    await download();
  }
  return folder;
}

function debOf(debs: string, name: string): string {
  const found = readdirSync(debs).find((file) => file.startsWith(`${name}_`));
  if (found === undefined) throw new Error(`apt-get did not download ${name}`);
  return path.join(debs, found);
}

/** Unpacks packages and enters them into the database as dpkg does, without their scripts. */
async function unpack(root: string, debs: string, names: readonly string[]): Promise<void> {
  const info = path.join(root, 'var/lib/dpkg/info');
  await mkdir(info, { recursive: true });
  const status = path.join(root, 'var/lib/dpkg/status');
  for (const name of names) {
    const deb = debOf(debs, name);
    await tool('dpkg-deb', ['-x', deb, root]);
    const control = await tool('dpkg-deb', ['-f', deb]);
    const contents = await tool('dpkg-deb', ['-c', deb]);
    const paths = contents
      .split('\n')
      .flatMap((line) => / \.(\/[^\n]*?)(?: -> .*| link to .*)?$/.exec(line)?.[1] ?? []);
    await writeFile(path.join(info, `${name}.list`), `${paths.join('\n')}\n`);
    const stanza = control.replace('\n', '\nStatus: install ok installed\n');
    writeFileSync(status, `${stanza}\n`, { flag: 'a' });
  }
}

/** Removes the package's files and its stanza; directories stay, as shared ones would. */
async function remove(root: string, name: string): Promise<void> {
  const list = path.join(root, 'var/lib/dpkg/info', `${name}.list`);
  for (const file of (await readFile(list, 'utf8')).split('\n'))
    if (file !== '' && !file.endsWith('/')) await rm(path.join(root, file), { force: true });
  await rm(list);
  const status = path.join(root, 'var/lib/dpkg/status');
  const stanzas = (await readFile(status, 'utf8')).split('\n\n');
  await writeFile(status, stanzas.filter((stanza) => !stanza.startsWith(`Package: ${name}\n`)).join('\n\n'));
}

async function pipTree(folder: string): Promise<string> {
  const args = ['-m', 'pip', 'install', '-q', '--no-compile', '--target', folder, ...PIP_PACKAGES];
  await tool('python3', args, { env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' } });
  return folder;
}

async function npmTree(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"name":"app","version":"1.0.0","private":true}\n');
  await tool('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...NPM_PACKAGES], {
    cwd: folder,
  });
  if ((await readdir(path.join(folder, 'node_modules'))).length < 20)
    throw new Error('npm installed too little');
  return folder;
}
