#!/usr/bin/env node
// Compiles what changed, then runs the modules themselves, not the bundle of an older build.
'use strict';

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');

const root = `${path.dirname(__dirname)}/`;
const tsc = require.resolve('typescript/bin/tsc');
const build = spawnSync(process.execPath, [tsc, '-p', `${root}tsconfig.json`], { stdio: ['ignore', 2, 2] });
if (build.status !== 0) process.exit(build.status ?? 1);
process.env.NODE_ENV = 'development';
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
void import('../dist/commands/main.js').then(({ main }) => main(process.argv.slice(2), { root, manifest }));
