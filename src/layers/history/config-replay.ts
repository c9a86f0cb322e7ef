import type { ExecutionConfig } from '../../model/image-config.js';
import {
  quoteWord,
  escapeWord,
  hasLineBreak,
  jsonList,
  parseJsonList,
  type Escape,
} from './dockerfile-words.js';
import { healthcheckText, readConfigHealthcheck } from './healthcheck.js';
import type { Instruction } from './instruction.js';
import { opensHeredoc } from './run-layout.js';

const DEFAULT_PATHS: ReadonlySet<string> = new Set([
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'c:\\Windows\\System32;c:\\Windows',
]);

/** The configuration as the instructions of a history leave it. Values that hold a variable are not known. */
export interface Replayed {
  readonly env: Map<string, string | undefined>;
  readonly labels: Map<string, string | undefined>;
  readonly ports: Set<string>;
  readonly volumes: Set<string>;
  readonly onBuild: Set<string>;
  user: string | undefined;
  workdir: string | undefined;
  stopSignal: string | undefined;
  shell: readonly string[];
  entrypoint: readonly string[] | undefined;
  cmd: readonly string[] | undefined;
  healthcheck: boolean;
  /** A value that only the build could know was used for an operand other than ENV and LABEL. */
  readonly unknown: Set<string>;
}

/** The shell of an image without SHELL. */
export function defaultShell(os: string): readonly string[] {
  return os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c'];
}

/** Where history and configuration of an image differ. */
export interface MissingInstructions {
  /** What the configuration has beyond the history, as instructions. */
  readonly lines: readonly string[];
  /** The same where no Dockerfile can say it: `ENV A=…` with a line break. */
  readonly unwritable: readonly string[];
  /** What the history set and the configuration lacks, as a tool that edits images leaves it: `LABEL name`. */
  readonly removed: readonly string[];
}

/**
 * Returns the instructions that are missing: what the configuration of the image says and its history does not
 * (settings of builders that record none, `--label`, ONBUILD of BuildKit), one instruction a line, operands quoted.
 */
export function missingInstructions(
  instructions: readonly Instruction[],
  config: ExecutionConfig,
  os: string,
  escape: Escape,
): MissingInstructions {
  const state = replay(instructions, os);
  const lines: string[] = [];
  const unwritable: string[] = [];
  const add = (line: string): void => {
    const writable = !hasLineBreak(line) && /^[A-Z]+ \S/.test(line) && !line.trimEnd().endsWith(escape);
    (writable ? lines : unwritable).push(line);
  };
  for (const variable of config.env) {
    const equals = variable.indexOf('=');
    const name = variable.slice(0, equals);
    const value = variable.slice(equals + 1);
    if (
      equals < 1 ||
      (state.env.has(name) ? same(state.env.get(name), value) : name === 'PATH' && DEFAULT_PATHS.has(value))
    )
      continue;
    if (/[\s"'\\$`]/.test(name)) unwritable.push(`ENV ${variable}`);
    else add(`ENV ${name}=${quoteWord(value, escape)}`);
  }
  for (const [name, value] of config.labels)
    if (!(state.labels.has(name) && same(state.labels.get(name), value)))
      add(`LABEL ${quoteWord(name, escape)}=${quoteWord(value, escape)}`);
  const ports = config.exposedPorts.filter(
    (port) => !state.ports.has(withProtocol(port)) && /^[\w./-]+$/.test(port),
  );
  if (ports.length > 0 && !state.unknown.has('EXPOSE'))
    add(`EXPOSE ${ports.map((port) => port.replace(/\/tcp$/, '')).join(' ')}`);
  const volumes = config.volumes.filter((volume) => !state.volumes.has(volume));
  if (volumes.length > 0 && !state.unknown.has('VOLUME'))
    add(`VOLUME ${jsonList(volumes.map((volume) => escapeWord(volume, escape)))}`);
  if (
    config.workingDir !== '' &&
    !same(state.workdir, config.workingDir) &&
    !(config.workingDir === '/' && state.workdir === '')
  )
    add(`WORKDIR ${escapeWord(config.workingDir, escape)}`);
  if (config.user !== '' && !same(state.user, config.user)) add(`USER ${escapeWord(config.user, escape)}`);
  if (config.stopSignal !== '' && !same(state.stopSignal, config.stopSignal))
    add(`STOPSIGNAL ${escapeWord(config.stopSignal, escape)}`);
  if (config.shell.length > 0 && !sameList(state.shell, config.shell)) add(`SHELL ${jsonList(config.shell)}`);
  const health = readConfigHealthcheck(config.healthcheck);
  if (health !== undefined && !state.healthcheck) add(`HEALTHCHECK ${healthcheckText(health)}`);
  for (const trigger of config.onBuild)
    if (!state.onBuild.has(trigger))
      if (opensHeredoc(trigger)) unwritable.push(`ONBUILD ${trigger}`);
      else add(`ONBUILD ${trigger}`);
  const entrypoint = !sameList(state.entrypoint, config.entrypoint);
  if (entrypoint) add(`ENTRYPOINT ${jsonList(config.entrypoint)}`);
  // ENTRYPOINT takes back a CMD of the base.
  if (!sameList(state.cmd, config.cmd) || (entrypoint && config.cmd.length > 0))
    add(`CMD ${jsonList(config.cmd)}`);
  const variables = new Set(config.env.map((variable) => variable.slice(0, variable.indexOf('='))));
  const removed = [
    ...[...state.env.keys()].filter((name) => !variables.has(name)).map((name) => `ENV ${name}`),
    ...[...state.labels.keys()].filter((name) => !config.labels.has(name)).map((name) => `LABEL ${name}`),
  ];
  return { lines, unwritable, removed };
}

/** Returns the configuration that the instructions leave, from the defaults of Docker on. */
export function replay(instructions: readonly Instruction[], os: string): Replayed {
  const state: Replayed = {
    env: new Map(),
    labels: new Map(),
    ports: new Set(),
    volumes: new Set(),
    onBuild: new Set(),
    user: '',
    workdir: '',
    stopSignal: '',
    shell: defaultShell(os),
    entrypoint: [],
    cmd: [],
    healthcheck: false,
    unknown: new Set(),
  };
  for (const instruction of instructions) replayOne(state, instruction);
  return state;
}

function replayOne(state: Replayed, instruction: Instruction): void {
  const { keyword, body, list, source } = instruction;
  const word = source && body.includes('$') ? undefined : body;
  switch (keyword) {
    case 'ENV':
    case 'LABEL':
      for (const [name, value] of instruction.pairs)
        (keyword === 'ENV' ? state.env : state.labels).set(
          name,
          source && value?.includes('$') === true ? undefined : (value ?? ''),
        );
      return;
    case 'EXPOSE':
      for (const port of list ?? []) state.ports.add(withProtocol(port));
      if (word === undefined) state.unknown.add('EXPOSE');
      return;
    case 'VOLUME':
      for (const volume of list ?? []) state.volumes.add(volume);
      if (word === undefined) state.unknown.add('VOLUME');
      return;
    case 'ONBUILD':
      state.onBuild.add(body);
      return;
    case 'USER':
      state.user = word;
      return;
    case 'STOPSIGNAL':
      state.stopSignal = word;
      return;
    case 'WORKDIR':
      state.workdir = word === undefined ? undefined : resolveDirectory(state.workdir ?? '/', word);
      return;
    case 'HEALTHCHECK':
      state.healthcheck = true;
      return;
    case 'SHELL':
      state.shell = list ?? state.shell;
      return;
    case 'ENTRYPOINT':
      state.entrypoint = list ?? shellForm(state, instruction);
      return;
    case 'CMD':
      state.cmd = list ?? shellForm(state, instruction);
      return;
    default:
      return;
  }
}

function shellForm(state: Replayed, instruction: Instruction): readonly string[] {
  return parseJsonList(instruction.body) ?? [...state.shell, instruction.body];
}

function resolveDirectory(from: string, path: string): string {
  if (/^[A-Za-z]:|\\/.test(path)) return path;
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** An undefined value depends on a variable: nothing says that it differs. */
function same(replayed: string | undefined, configured: string): boolean {
  return replayed === undefined || replayed === configured;
}

function sameList(replayed: readonly string[] | undefined, configured: readonly string[]): boolean {
  return replayed?.length === configured.length && configured.every((item, i) => item === replayed[i]);
}

function withProtocol(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}
