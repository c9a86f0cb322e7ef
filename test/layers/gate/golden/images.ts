import { image, layer, type BuiltImage } from '../../../../fixtures/image.js';
import { dir, file, hardlink, type Member, opaque, symlink, whiteout } from '../../../../fixtures/tar.js';
import { classicDockerArchive } from '../../../../fixtures/write.js';

/** Images made by chance, the same for the same seed, on which dive was run once: see record.ts. */
export const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);

/** The one whose JSON is kept whole, to be looked at. */
export const WHOLE = 4;

const NAMES = ['a', 'b', '-c', 'd<&>é', '.e'];

/** Returns a docker archive whose layers overwrite, remove, dangle, replace and make opaque, often against all sense. */
export async function chanceArchive(seed: number): Promise<Buffer> {
  const random = generator(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const name = (): string => NAMES[below(NAMES.length)] ?? 'a';
  const somewhere = (): string => Array.from({ length: 1 + below(1 + below(3)) }, name).join('/');
  const member = (): Member => {
    const path = somewhere();
    const kind = below(20);
    const size = below(4) === 0 ? below(3000) : 100 * below(4);
    const attributes = { uid: below(3), gid: below(3), mode: below(0o10000) };
    if (kind < 8) return file(path, 'x'.repeat(size), attributes);
    if (kind < 13) return dir(path, attributes);
    if (kind === 13) return symlink(`${path}/link`, '../elsewhere');
    if (kind === 14) return hardlink(`${path}/hard`, 'a');
    if (kind < 19) return whiteout(path);
    return opaque(path);
  };
  const count = 1 + below(5);
  const layers: Member[][] = [];
  for (let i = 0; i < count; i++)
    layers.push(sensible(Array.from({ length: 1 + below(seed % 5 === 0 ? 120 : 24) }, member)));
  return classicDockerArchive([{ image: await built(layers), tags: [`x:${String(seed)}`] }]);
}

/** Leaves out what an index reads otherwise than dive on purpose: members below a symbolic link of the same layer. */
function sensible(members: readonly Member[]): Member[] {
  const links = members
    .filter(({ type }) => type === '2')
    .map(({ name }) => `${Buffer.from(name).toString()}/`);
  return members.filter(({ name }) => !links.some((link) => Buffer.from(name).toString().startsWith(link)));
}

async function built(layers: readonly (readonly Member[])[]): Promise<BuiltImage> {
  const made = await Promise.all(layers.map((members) => layer(members, 'none')));
  const steps = made.map((one, i) => ({ createdBy: `/bin/sh -c step ${String(i)} <b>`, layer: one }));
  return image({ steps, platform: { os: 'linux', architecture: 'amd64' } });
}

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
