/**
 * Brings a checkout into a state in which strata runs: Node, packages, dist, fixtures. Each step does nothing when its
 * outcome is there already; what is done is said on stderr. Imports nothing that npm has to install.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The demo image, as `docker save` writes one. */
export const DEMO = path.join(ROOT, 'fixtures/generated/demo.tar');

const at = (...names) => path.join(ROOT, ...names);

/** Does every step. Throws a {@link SetupError}. */
export function setUp() {
  checkNode();
  installPackages();
  build();
  makeFixtures();
}

/** A step that failed for a reason the user can mend; what the program said stands above it on stderr. */
export class SetupError extends Error {}

/** Ends the process with 1 and one line for a SetupError; other errors keep their stack. */
export function orExit(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Throws unless this Node is one that package.json allows. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(
    `strata needs Node 20.19 or newer, this is ${version}: install one from https://nodejs.org or your distribution`,
  );
}

/** `npm ci` unless node_modules holds exactly what package-lock.json says. */
export function installPackages() {
  if (packagesFit()) return;
  say('Installing the packages of package-lock.json …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
}

function packagesFit() {
  const wanted = readJson(at('package-lock.json'))?.packages;
  const present = readJson(at('node_modules/.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(
    ([name, { version, optional, peer, link }]) =>
      name === '' || optional || peer || link || present[name]?.version === version,
  );
}

/** Compiles src, writes the command manifest and bundles the program, unless dist was made from these sources. */
export function build() {
  const stamp = at('dist/.built-from');
  const sources = filesBelow(at('src')).filter((file) => file.endsWith('.ts'));
  const made = ['tsconfig.json', 'package.json', 'scripts/manifest.mjs', 'scripts/bundle.mjs'];
  const hash = hashOf([...sources, ...made.map((name) => at(name))]);
  if (readText(stamp) === hash && existsSync(at('oclif.manifest.json'))) return;
  say('Building …');
  removeStale(sources);
  run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.json')], 'tsc');
  run(process.execPath, [at('scripts/manifest.mjs')], 'writing the command manifest');
  run(process.execPath, [at('scripts/bundle.mjs')], 'bundling the program');
  writeFileSync(stamp, hash);
}

/** Removes compiled files whose source is gone, which tsc leaves behind. */
function removeStale(sources) {
  const kept = new Set(sources.map((file) => path.relative(at('src'), file).replace(/\.ts$/, '')));
  for (const file of filesBelow(at('dist'))) {
    const name = path.relative(at('dist'), file);
    if (/\.(js|d\.ts)(\.map)?$/.test(name) && !kept.has(name.replace(/\.(js|d\.ts)(\.map)?$/, '')))
      rmSync(file, { force: true });
  }
}

/** Makes the fixtures, the demo image among them, unless these sources made those that are there. */
export function makeFixtures() {
  const stamp = at('.build/fixtures');
  const hash = hashOf(filesBelow(at('fixtures')).filter((file) => file.endsWith('.ts')));
  const made = readJson(at('fixtures/generated/.made-by'));
  if (made?.demoRuns === true && readText(stamp) === hash) return;
  if (made === undefined) say('Making the fixtures …');
  run(process.execPath, ['--import', 'tsx', at('fixtures/make.ts')], 'making the fixtures');
  mkdirSync(at('.build'), { recursive: true });
  writeFileSync(stamp, hash);
}

/** Runs a program with its output on stderr: stdout belongs to strata. Throws when it fails. */
export function run(command, args, what) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new SetupError(
    `${what}: ${error?.message ?? (signal === null ? `ended with ${status}` : `ended by ${signal}`)}`,
  );
}

/** All files below a folder, sorted; none when it is not there. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${path.relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
