#!/usr/bin/env node
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}dist/program`;
const argv = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(
    `strata ${manifest.version} (node ${process.version}, ${process.platform}-${process.arch})\n`,
  );
} else {
  process.env.NODE_ENV ??= 'production';
  await loadProgram(argv[0])(argv, { root, manifest });
}

/**
 * Returns `main` of the program. V8's code of what a command has run is kept beside the program, where only those can
 * write who can write that, too; without it everything is compiled again.
 */
function loadProgram(word) {
  const file = `${folder}/program.cjs`;
  const source = readFileSync(file, 'latin1');
  const { NODE_DISABLE_COMPILE_CACHE: never, NODE_V8_COVERAGE: coverage } = process.env;
  const places = /^[a-z]+$/.test(word) ? [word, 'any'] : ['any'];
  const kept = never || coverage ? undefined : readFirst(places.map((name) => codeFile(source, name)));
  const script = new vm.Script(source, { filename: file, cachedData: kept?.data });
  const { main, COMMAND_NAMES } = script.runInThisContext()(createRequire(file), file, folder);
  const own = codeFile(source, COMMAND_NAMES.includes(word) ? word : 'any');
  if (!never && !coverage && (kept?.file !== own || script.cachedDataRejected))
    process.once('exit', () => keepCode(script, own));
  return main;
}

/** The first line of the program is its digest; V8 refuses the code of another version of itself. */
function codeFile(source, name) {
  return `${folder}/${source.slice(2, source.indexOf('\n'))}-${process.version}-${process.arch}-${name}.code`;
}

function readFirst(files) {
  for (const file of files) {
    try {
      return { file, data: readFileSync(file) };
    } catch {
      // Nothing was kept yet.
    }
  }
  return undefined;
}

/** Whole or not at all: V8 believes what it reads. */
function keepCode(script, file) {
  const temporary = `${file}.${process.pid}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      // A single write may be cut off without a word when the disk is full.
      writeFileSync(descriptor, script.createCachedData());
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch {
    // Installed by somebody else, or the disk is full.
    rmSync(temporary, { force: true });
  }
}
