import { homedir } from 'node:os';
import type { Limits } from '../../model/limits.js';
import type { Platform } from '../../model/platform.js';
import { hostPlatform } from '../../model/platform.js';
import type { StorePaths } from '../../store/paths.js';
import { storePaths } from '../../store/paths.js';
import type { Store } from '../../store/store.js';
import { createLog, type Log } from './log.js';
import { createOutput, type Output } from './output.js';
import { createProgress, type Progress } from './progress.js';
import { columnsOf, type Environment, type Terminal } from './terminal.js';

/** Everything a command hands down; made once per command, so that nothing below needs global state. */
export interface Context {
  /** Opens the store at the first call and gives the same one afterwards. Throws what openStore throws. */
  readonly store: () => Promise<Store>;
  readonly storePaths: StorePaths;
  readonly log: Log;
  readonly progress: Progress;
  /** Aborts with E_INTERRUPTED. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly output: Output;
  readonly limits: Limits;
  /** The platform to choose from an index: `--platform`, else the host's. */
  readonly platform: Platform;
  /** Whether the user asked for the platform, so that a mismatch is an error and not a choice. */
  readonly platformAsked: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Anomalies of severity error or warning are errors. */
  readonly strict: boolean;
  readonly debug: boolean;
  readonly env: Environment;
}

export interface ContextOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly limits: Limits;
  readonly platform: Platform | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly strict: boolean;
  readonly debug: boolean;
  readonly env: Environment;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Returns the context of one command. Opens and creates nothing. */
export function createContext(options: ContextOptions): Context {
  const { terminal, stdout, stderr, env, quiet } = options;
  const writeError = (text: string): void => void stderr.write(text);
  const progress = createProgress({
    write: terminal.stderr.isTTY && terminal.canRedraw && !quiet ? writeError : undefined,
    palette: terminal.stderr.palette,
    width: () => columnsOf(stderr),
    ellipsis: terminal.ellipsis,
  });
  const log = createLog(
    (text) => {
      progress.clear();
      writeError(text);
    },
    terminal.stderr.palette,
    quiet,
  );
  const paths = storePaths(env, env.HOME ?? homedir());
  let store: Promise<Store> | undefined;
  return {
    store: () =>
      (store ??= import('../../store/store.js').then(({ openStore }) =>
        openStore(paths, { log: log.warn, signal: options.signal }),
      )),
    storePaths: paths,
    log,
    progress,
    signal: options.signal,
    terminal,
    output: createOutput(stdout, terminal.stdout.isTTY ? progress.clear : undefined),
    limits: options.limits,
    platform: options.platform ?? hostPlatform(process.arch),
    platformAsked: options.platform !== undefined,
    json: options.json,
    quiet,
    strict: options.strict,
    debug: options.debug,
    env,
  };
}
