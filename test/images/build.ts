import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { removeTree } from '../helpers/remove.js';

/** One member of a test archive: bytes, or a link. */
export type Content = string | Uint8Array | { readonly symlink: string } | { readonly hardlink: string };
export type Members = readonly (readonly [name: string, content: Content])[];

/** Returns a ustar archive, written here and not by strata so that its reader is tested against something else. */
export function tar(members: Members): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, content] of members) {
    const link =
      typeof content === 'object' && 'symlink' in content
        ? content.symlink
        : typeof content === 'object' && 'hardlink' in content
          ? content.hardlink
          : undefined;
    const type =
      typeof content === 'object' && 'symlink' in content
        ? '2'
        : link !== undefined
          ? '1'
          : name.endsWith('/')
            ? '5'
            : '0';
    const data = link === undefined ? Buffer.from(content as string | Uint8Array) : Buffer.alloc(0);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link ?? '', 157, 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export const hex = (digest: string): string => digest.slice(digest.indexOf(':') + 1);

export const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

/** An image layout being made: blobs by digest, and what index.json lists. */
export class LayoutBuilder {
  readonly blobs = new Map<string, Buffer>();
  readonly entries: object[] = [];

  blob(bytes: string | Uint8Array): string {
    const buffer = Buffer.from(bytes);
    const digest = sha256(buffer);
    this.blobs.set(digest, buffer);
    return digest;
  }

  json(mediaType: string, value: object, extra: object = {}): Record<string, unknown> {
    const text = JSON.stringify(value);
    return { mediaType, digest: this.blob(text), size: Buffer.byteLength(text), ...extra };
  }

  /** Returns the descriptor of an image with these layers; `extra` goes into the descriptor, `changes` into the manifest. */
  image(
    layers: readonly Buffer[],
    options: {
      platform?: string;
      extra?: object;
      changes?: object;
      config?: object;
      layerType?: string;
    } = {},
  ): Record<string, unknown> {
    const [os, architecture, variant] = (options.platform ?? 'linux/amd64').split('/');
    const config = this.json(OCI.config, {
      os,
      architecture,
      ...(variant ? { variant } : {}),
      rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
      history: layers.map((_, i) => ({ created_by: `step ${i + 1}` })),
      ...options.config,
    });
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config,
      layers: layers.map((layer) => ({
        mediaType: options.layerType ?? OCI.layer,
        digest: this.blob(layer),
        size: layer.length,
      })),
      ...options.changes,
    };
    return this.json(OCI.manifest, manifest, options.extra);
  }

  index(manifests: readonly object[], extra: object = {}, changes: object = {}): Record<string, unknown> {
    return this.json(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests, ...changes }, extra);
  }

  add(descriptor: object): this {
    this.entries.push(descriptor);
    return this;
  }

  members(): [string, Content][] {
    return [
      ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
      ['index.json', JSON.stringify({ schemaVersion: 2, mediaType: OCI.index, manifests: this.entries })],
      ...[...this.blobs].map(([digest, bytes]): [string, Content] => [`blobs/sha256/${hex(digest)}`, bytes]),
    ];
  }

  write(directory: string): string {
    for (const [name, content] of this.members()) {
      const file = path.join(directory, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content as string | Uint8Array);
    }
    return directory;
  }
}

/** The annotations that give a descriptor a tag. */
export const tagged = (tag: string): object => ({
  annotations: { 'org.opencontainers.image.ref.name': tag },
});

/** Returns the members of what classic `docker save` writes for one or more images. */
export function dockerSave(
  images: readonly { layers: readonly Buffer[]; tags: readonly string[] | null; config?: object }[],
): [string, Content][] {
  const members: [string, Content][] = [];
  const manifest = images.map(({ layers, tags, config }) => {
    const json = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(sha256) },
      history: layers.map((_, i) => ({ created_by: `step ${i + 1}` })),
      ...config,
    });
    members.push([`${hex(sha256(json))}.json`, json]);
    const paths = layers.map((layer) => {
      const name = `${hex(sha256(Buffer.concat([layer, Buffer.from('id')])))}/layer.tar`;
      if (!members.some(([other]) => other === name)) members.push([name, layer]);
      return name;
    });
    return { Config: `${hex(sha256(json))}.json`, RepoTags: tags, Layers: paths };
  });
  members.push(['manifest.json', JSON.stringify(manifest)]);
  return members;
}

/** Returns a fresh directory that is removed after the file's tests. */
export function temporary(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'strata-images-'));
  afterAll(() => {
    removeTree(directory);
  });
  return directory;
}

let files = 0;

/** Writes the bytes to a new file below `directory` and returns its path. */
export function fileOf(directory: string, bytes: Uint8Array | string, name = `file-${files++}`): string {
  const file = path.join(directory, name);
  writeFileSync(file, bytes);
  return file;
}

/** Returns the code and message of what the promise rejects with; fails when it does not. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; hint: string }> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && 'hint' in thrown)
      return { code: String(thrown.code), message: thrown.message, hint: String(thrown.hint) };
    throw thrown;
  }
  throw new Error('it did not fail');
}
