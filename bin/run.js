#!/bin/sh
':' //; exec node -- "$0" "$@"
// Without the two hyphens Node would take strata's --env-file for its own, wherever it stands.
'use strict';

// Node starts what is CommonJS at once; for a module it first makes a loader and all that node:fs exports.
const {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const root = `${path.dirname(__dirname)}/`;
const folder = `${root}dist/program`;
/** Milliseconds in which V8's code is written. */
const WRITTEN = 60_000;
const argv = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

if (argv.length === 1 && ['--version', '-V', '-v'].includes(argv[0])) {
  process.stdout.write(
    `strata ${manifest.version} (node ${process.version}, ${process.platform}-${process.arch})\n`,
  );
} else {
  process.env.NODE_ENV ??= 'production';
  let isDone = false;
  // Nothing is under way any more: taking Node apart piece by piece would only take time.
  process.once('beforeExit', () => {
    // As Node has it for a module that waits for nothing.
    if (!isDone) process.exitCode = 13;
    process.exit();
  });
  void loadProgram(argv[0])(argv, { root, manifest }).then(() => (isDone = true));
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
    removeStale();
  } catch {
    // Installed by somebody else, or the disk is full.
    rmSync(temporary, { force: true });
  }
}

/** Of processes that were killed while they wrote. */
function removeStale() {
  for (const name of readdirSync(folder)) {
    if (!/\.code\.\d+$/.test(name)) continue;
    const stale = `${folder}/${name}`;
    if (Date.now() - statSync(stale).mtimeMs > WRITTEN) rmSync(stale, { force: true });
  }
}
