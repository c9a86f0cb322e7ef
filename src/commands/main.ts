import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Config } from '@oclif/core/config';
import type { PJSON } from '@oclif/core/interfaces';
import { createPalette, decideColour } from '../report/colour.js';
import { errorJson, formatError } from '../report/error.js';
import { envelope, jsonText } from '../report/json.js';
import { forgetEntry } from '../runtime/rootless/entry-mark.js';
import { toFailure } from './program/failure.js';
import { COMMAND_NAMES, needsNamespace, PLUGIN_COMMAND_NAMES, removesTrees } from './names.js';
import { isInteractive } from './program/interactive.js';
import { LOAD } from './load.js';
import { route } from './program/route.js';

export { COMMAND_NAMES };

export interface MainOptions {
  /** The folder of package.json. */
  readonly root: string;
  /** Its content. */
  readonly manifest: PJSON;
}

/**
 * Runs one command line to its end; never rejects. The exit code is in `process.exitCode`. What is thrown where nobody
 * can catch it ends the process with a line like any other error. A command of ours is loaded and run without oclif's
 * plugins, which only help and completion need.
 */
export async function main(argv: readonly string[], options: MainOptions): Promise<void> {
  process.on('uncaughtException', (thrown: unknown) => {
    endWithError(thrown, argv);
    process.exit();
  });
  forgetEntry(process.env);
  process.env.HOME ??= homeOf();
  try {
    const commands = [...COMMAND_NAMES, ...PLUGIN_COMMAND_NAMES];
    const interactive = (): boolean => isInteractive(process.env, process.stdin, process.stdout);
    const line = route(argv, { commands, exists: existsSync, interactive });
    const name = COMMAND_NAMES.find((command) => command === line.at(0));
    if (name !== undefined && !asksForHelp(line)) await enterNamespace(name, line);
    if (name === undefined || asksForHelp(line)) await runWithPlugins(line, options);
    else await runCommand(name, line.slice(1), options);
  } catch (thrown) {
    endWithError(thrown, argv);
  }
}

/** The rest of this process is then another one, so that it comes before anything else is loaded. */
async function enterNamespace(name: string, line: readonly string[]): Promise<void> {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0 || !(needsNamespace(name, line) || (await removesForeign(name, line)))) return;
  const { enterUserNamespace } = await import('../runtime/rootless/enter.js');
  await enterUserNamespace(uid, process.env);
}

/** Only where there is such: a store that holds images alone is pruned where no container can be run. */
async function removesForeign(name: string, line: readonly string[]): Promise<boolean> {
  if (!removesTrees(name, line)) return false;
  const [{ storePaths }, { holdsTrees }] = await Promise.all([
    import('../store/paths.js'),
    import('../store/holds-trees.js'),
  ]);
  return holdsTrees(storePaths(process.env, process.env.HOME ?? homedir()).root);
}

function asksForHelp(line: readonly string[]): boolean {
  const end = line.indexOf('--');
  return line.slice(0, end === -1 ? line.length : end).includes('--help');
}

async function runCommand(
  name: keyof typeof LOAD,
  argv: readonly string[],
  options: MainOptions,
): Promise<void> {
  const [{ default: command }, config] = await Promise.all([LOAD[name](), loadConfig(options)]);
  command.id = name;
  await command.start(argv, config);
}

/**
 * `userPlugins: false`: nothing that lies in a data directory may become code of ours. Rooted where there is no manifest
 * of all commands, which one command needs not.
 */
async function loadConfig({ manifest }: MainOptions): Promise<Config> {
  const { Config } = await import('@oclif/core/config');
  const pjson: PJSON = { ...manifest, oclif: { ...manifest.oclif, plugins: [], commands: '' } };
  const root = import.meta.dirname;
  return withShell(() => Config.load({ root, pjson, userPlugins: false, devPlugins: false }));
}

async function runWithPlugins(line: readonly string[], { root }: MainOptions): Promise<void> {
  const { run } = await import('@oclif/core/run');
  await withShell(() => run([...line], { root, userPlugins: false, devPlugins: false }));
}

/** A user id without an entry in the passwd database has the root as its home, as in a container. */
function homeOf(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** oclif asks the passwd database for the shell and fails for a user id that has no entry, as containers have. */
async function withShell<T>(load: () => Promise<T>): Promise<T> {
  const shell = process.env.SHELL;
  process.env.SHELL = shell ?? 'sh';
  try {
    return await load();
  } finally {
    if (shell === undefined) delete process.env.SHELL;
  }
}

function endWithError(thrown: unknown, argv: readonly string[]): void {
  if (isExit(thrown)) {
    process.exitCode = thrown.oclif.exit;
    return;
  }
  const failure = toFailure(thrown);
  process.exitCode = failure.exitCode;
  if (argv.includes('--json')) {
    process.stdout.write(`${jsonText(envelope(errorJson(failure)), 2)}\n`);
    return;
  }
  const { env, stderr } = process;
  const palette = createPalette(decideColour({ choice: 'auto', env, isTTY: stderr.isTTY }));
  stderr.write(`${formatError(failure, { palette, debug: argv.includes('--debug') })}\n`);
}

function isExit(thrown: unknown): thrown is { oclif: { exit: number } } {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIT' && 'oclif' in thrown;
}
