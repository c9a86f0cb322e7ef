#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(
    `strata ${manifest.version} (node ${process.version}, ${process.platform}-${process.arch})\n`,
  );
} else {
  process.env.NODE_ENV ??= 'production';
  module.enableCompileCache?.();
  const { main } = await import('../dist/program/main.js');
  await main(argv, { root, manifest });
}
