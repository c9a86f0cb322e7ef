import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, readSync, closeSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import Deleted from '../../src/commands/deleted.js';
import Recover from '../../src/commands/recover.js';
import { deletingImages } from '../helpers/deleting-images.js';
import { useFolder, validJson } from '../helpers/look.js';
import { realImages } from '../helpers/real-images.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';
import { removeTree } from '../helpers/remove.js';
import { describeAsRoot } from '../helpers/root.js';

const folder = useFolder();

interface Version {
  readonly path: string;
  readonly pathBytes?: { readonly bytes: string };
  readonly layer: number;
  readonly size: number;
  readonly content?: string;
  readonly hardLink?: true;
  readonly gone: { readonly layer: number };
}

interface Target {
  /** What strata opens, with the snapshot. */
  readonly image: string;
  readonly layout: string;
}

const targets = new Map<string, Target>();
beforeAll(async () => {
  // Building them needs root.
  if (process.getuid?.() !== 0) return;
  for (const { name, layout, tag } of await deletingImages())
    targets.set(name, { image: `oci:${layout}:${tag}`, layout });
  for (const { name, layout, zstd, tag } of await realImages()) {
    targets.set(name, { image: `oci:${layout}:${tag}`, layout });
    targets.set(`${name} zstd`, { image: `oci:${zstd}:${tag}`, layout: zstd });
    targets.set(`${name} below its top`, { image: `oci:${layout}:${tag}@-3`, layout });
  }
  targets.set('demo', { image: path.join(FIXTURES, 'demo-oci'), layout: path.join(FIXTURES, 'demo-oci') });
}, 600_000);

function target(name: string): Target {
  const found = targets.get(name);
  if (found === undefined) throw new Error(`there is no image ${name}`);
  return found;
}

/** The layers' blobs, base first, by the manifest of a layout with one image. */
function blobsOf(layout: string): string[] {
  const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const blob = (digest: string): string => path.join(layout, 'blobs', digest.replace(':', '/'));
  const index = json(path.join(layout, 'index.json')) as { manifests: { digest: string }[] };
  const manifest = json(blob(index.manifests[0].digest)) as { layers: { digest: string }[] };
  return manifest.layers.map(({ digest }) => blob(digest));
}

/** What GNU tar makes of one layer alone; links to other layers fail there, and are looked for where they lead. */
function treeOfLayer(blob: string, root: string): void {
  mkdirSync(root);
  const magic = Buffer.alloc(2);
  const file = openSync(blob, 'r');
  readSync(file, magic, 0, 2, 0);
  closeSync(file);
  const packed = magic[0] === 0x1f ? '--gzip' : '--zstd';
  spawnSync('tar', [packed, '-xf', blob, '-C', root, '--no-same-owner', '--delay-directory-restore']);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const rawPath = ({ path: text, pathBytes }: Version): Buffer =>
  pathBytes === undefined ? Buffer.from(text) : Buffer.from(pathBytes.bytes, 'base64');
const below = (root: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(root), name]);

const NAMES = [
  'secrets',
  'modules',
  'versions',
  'debian',
  'debian zstd',
  'debian below its top',
  'many',
  'many below its top',
  'demo',
];

describeAsRoot.each(NAMES)('recover --all of %s', (name) => {
  const at = (part: string): string => path.join(folder(), `${name.replaceAll(' ', '-')}-${part}`);

  test('every deleted file has the bytes that GNU tar extracts of that member of the layer', async () => {
    const { image, layout } = target(name);
    const listed = await runCommand(Deleted, [image, '--kind', 'file', '--json']);
    const { versions } = validJson('deleted.json', listed) as { versions: Version[] };
    expect(versions.length).toBeGreaterThan(3);
    const out = at('out');
    const ended = await runCommand(Recover, [image, '--all', '-o', out, '--json', '--despite-errors']);
    expect([
      ended.status,
      ended.stderr.replace(/^(?:reading|warning: left out: 1 named pipe).*\n/gm, ''),
    ]).toEqual([0, '']);
    validJson('recover.json', ended);
    const blobs = blobsOf(layout);
    let compared = 0;
    for (const layer of new Set(versions.map((version) => version.layer))) {
      const root = at(`layer-${String(layer)}`);
      treeOfLayer(blobs[layer - 1], root);
      for (const version of versions.filter((one) => one.layer === layer)) {
        const expected = below(root, rawPath(version));
        // A link to another layer's file, which tar cannot make of this layer alone.
        if (version.hardLink === true && !existsSync(expected)) continue;
        const ours = below(`${out}/${String(layer)}`, rawPath(version));
        expect([version.path, sha256(readFileSync(ours))]).toEqual([
          version.path,
          sha256(readFileSync(expected)),
        ]);
        compared += 1;
      }
      removeTree(root);
    }
    expect(compared).toBeGreaterThan(versions.length * 0.9);
    // Nothing is there besides: find counts what is neither a parent directory nor listed.
    const files = execFileSync('find', [out, '-type', 'f', '-printf', 'x']).length;
    expect(files).toBe(versions.length);
    removeTree(out);
  }, 300_000);

  test('one by one to standard output they are the same', async () => {
    const { image } = target(name);
    const listed = await runCommand(Deleted, [image, '--kind', 'file', '--json']);
    const { versions } = JSON.parse(listed.stdout) as { versions: Version[] };
    const step = Math.ceil(versions.length / 12);
    for (const { path: file, pathBytes, layer, content } of versions.filter((_, i) => i % step === 0)) {
      if (pathBytes !== undefined) continue;
      const { bytes, status } = await runCommand(Recover, [image, file, '--version', String(layer), '-q']);
      expect([file, status, `sha256:${sha256(bytes)}`]).toEqual([file, 0, content]);
    }
  }, 300_000);
});
