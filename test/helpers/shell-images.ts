import { readFileSync } from 'node:fs';
import { dockerSave, fileOf, tar } from '../images/build.js';

const busybox = (): Buffer => readFileSync('/usr/bin/busybox');
const LINKS = ['sh', 'true', 'test', 'sleep', 'cat'];

/** Writes an image of `n` layers: busybox, then a file /etc/fN in each layer N; returns its path. */
export function manyLayers(folder: string, n: number): string {
  const base = tar([
    ['bin/', ''],
    ['etc/', ''],
    ['bin/busybox', busybox()],
    ...LINKS.map((name) => [`bin/${name}`, { symlink: 'busybox' }] as const),
  ]);
  const more = Array.from({ length: n - 1 }, (_, i) =>
    tar([[`etc/f${String(i + 2)}`, `${String(i + 2)}\n`]]),
  );
  const layers = [executable(base), ...more];
  const history = layers.map((_, i) => ({
    created_by: `/bin/sh -c echo ${String(i + 1)} > /etc/f${String(i + 1)}`,
  }));
  const config = { history, config: { Env: ['PATH=/bin'] } };
  return fileOf(folder, tar(dockerSave([{ layers, tags: ['many:1'], config }])), `many-${String(n)}.tar`);
}

/** Writes an image without a shell, of one program that sleeps; returns its path. */
export function withoutShell(folder: string): string {
  const layers = [
    executable(
      tar([
        ['bin/', ''],
        ['data/', ''],
        ['bin/sleep', busybox()],
      ]),
    ),
  ];
  const config = { config: { Entrypoint: ['/bin/sleep'], Cmd: ['1000'] } };
  return fileOf(folder, tar(dockerSave([{ layers, tags: ['quiet:1'], config }])), 'quiet.tar');
}

/** Gives every member the right to be executed. */
function executable(archive: Buffer): Buffer {
  const bytes = Buffer.from(archive);
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    bytes.write('0000755\0', at + 100);
    bytes.write('        ', at + 148);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return bytes;
}
