/**
 * Writes dist/program: what `bin/run.js` runs, as few files that load in half the time of the modules they are made of.
 * Each command and each thread is an entry beside `main.js`; what several need is in chunks.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { COMMAND_NAMES } from '../dist/commands/names.js';
import { ROOT } from './setup.mjs';

const dist = path.join(ROOT, 'dist');
const target = path.join(dist, 'program');
const commands = COMMAND_NAMES.map((name) => [name, path.join(dist, 'commands', `${name}.js`)]);

const bundle = await rolldown({
  input: {
    main: path.join(dist, 'commands/main.js'),
    'index-worker': path.join(dist, 'layers/index-worker.js'),
    'verify-worker': path.join(dist, 'layers/verify-worker.js'),
    ...Object.fromEntries(commands),
  },
  platform: 'node',
  // Native code, what loads its parts by name (blessed), what only help needs, and what oclif loads for plugins that are written in TypeScript.
  external: ['koffi', 'blessed', 'typescript', '@oclif/core/run', /^@oclif\/plugin-/],
});
rmSync(target, { recursive: true, force: true });
await bundle.write({
  dir: target,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[hash].js',
});
await bundle.close();
