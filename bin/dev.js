#!/usr/bin/env node
// Compiles what changed, then runs the modules themselves, not the bundle of an older build.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const build = spawnSync(process.execPath, [tsc, '-p', `${root}tsconfig.json`], { stdio: ['ignore', 2, 2] });
if (build.status !== 0) process.exit(build.status ?? 1);
process.env.NODE_ENV = 'development';
const { main } = await import('../dist/commands/main.js');
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
await main(process.argv.slice(2), { root, manifest });
