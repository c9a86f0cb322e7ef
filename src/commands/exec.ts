import { readFileSync } from 'node:fs';
import { boolean, string } from '@oclif/core/flags';
import { fail } from '../model/error.js';
import { findContainer } from '../runtime/container/containers.js';
import { findMonitor } from '../runtime/engine/find-engine.js';
import { execAttached, execDetached } from '../runtime/exec/exec-in-container.js';
import type { ExecRequest } from '../runtime/exec/exec-process.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../runtime/monitor/detach-keys.js';
import { parseEnvFile } from '../runtime/spec/env-file.js';
import { type EnvironmentChange, parseEnvironment } from '../runtime/spec/environment.js';
import { StrataCommand } from './base.js';
import { splitCommand } from './flags/command-behind.js';
import { containerArgument, containerPlace } from './container/place.js';
import { processStreams, sayExecDetached } from './container/streams.js';
import { DETACH_KEYS_FLAG } from './flags/attach.js';
import { stopIfAborted, toFailure } from './program/failure.js';

const many = { multiple: true, multipleNonGreedy: true } as const;

export default class Exec extends StrataCommand {
  static override readonly enableJsonFlag = false;
  static override readonly summary = 'Run a further program in a container that runs.';
  static override readonly description = `It may do what the container's own program may, and begins with its environment, user and directory unless told otherwise.
Ends as the program does; 126 when it could not be run, 127 when there is none of that name; where there is
no such container, or it does not run, as errors of strata do (4, 1). Without -t, Ctrl-C ends strata alone: the program
goes on in the container. With -it, so it does after ctrl-p ctrl-q; nobody sees its terminal then.`;
  static override readonly examples = [
    {
      description: 'What does a container run?',
      command:
        '<%= config.bin %> run -d --name busy --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> <%= command.id %> busy ps && <%= config.bin %> rm -f busy',
    },
    {
      description: 'A file of this machine, to a program in it, as root',
      command:
        "echo hello > notes.txt && <%= config.bin %> run -d --name fed --entrypoint /bin/sleep demo.tar 60 && <%= config.bin %> <%= command.id %> -i -u 0 -w /tmp fed sh -c 'cat > in' < notes.txt && <%= config.bin %> rm -f fed",
    },
  ];
  static override readonly usage = '<%= command.id %> [FLAGS] CONTAINER COMMAND [ARGUMENT...]';
  static override readonly args = { container: containerArgument() };
  static override readonly flags = {
    interactive: boolean({ char: 'i', default: false, summary: 'Pass standard input on.' }),
    tty: boolean({ char: 't', default: false, summary: 'Give the program a terminal.' }),
    detach: boolean({
      char: 'd',
      default: false,
      summary: 'Begin it and return; what it writes is lost.',
      exclusive: ['interactive', 'tty'],
    }),
    env: string({
      ...many,
      char: 'e',
      helpValue: 'NAME[=VALUE]',
      summary: 'Set a variable; without a value, to what it is here.',
    }),
    'env-file': string({ ...many, helpValue: 'FILE', summary: 'Read variables from a file.' }),
    workdir: string({ char: 'w', helpValue: 'DIR', summary: 'Directory to start in.' }),
    user: string({
      char: 'u',
      helpValue: 'USER[:GROUP]',
      summary: 'User and group, by the names of the container or by number.',
    }),
    ...DETACH_KEYS_FLAG,
  };

  async run(): Promise<void> {
    const { own, command } = splitCommand(this.argv, { ...Exec.baseFlags, ...Exec.flags });
    this.argv = [...own];
    const { args, flags, context } = await this.begin(Exec);
    if (command.length === 0)
      fail('E_USAGE', `running a program in container ${args.container}: none is named`, {
        hint: 'name it behind the container: strata exec CONTAINER COMMAND',
      });
    if (flags.tty && flags.interactive && !process.stdin.isTTY)
      fail('E_USAGE', 'giving the program a terminal: standard input is none', { hint: 'leave -t out' });
    const request = requestOf(flags, command);
    const detachKeys = parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS);
    const place = await containerPlace(context);
    const record = findContainer(place.store, args.container);
    const monitor = findMonitor();
    // It is in the container, and Ctrl-C is for this side of it alone.
    stopIfAborted(context.signal);
    this.releaseInterrupts();
    if (flags.detach) {
      await execDetached(place, record, { monitor, request });
      return;
    }
    const streams = processStreams({
      terminal: flags.tty,
      stdin: flags.interactive,
      proxy: false,
      signal: () => Promise.resolve(),
      detachKeys,
    });
    const keep = restoreOnSignal(streams.restore);
    try {
      const end = await execAttached(place, record, { monitor, request, streams });
      if (end.kind === 'exited') {
        this.endWith(end.status);
        return;
      }
      streams.restore();
      sayExecDetached((words) => {
        context.log.info(words);
      }, record.name);
    } finally {
      keep();
      streams.restore();
    }
  }
}

interface ExecFlagValues {
  readonly tty: boolean;
  readonly env?: readonly string[] | undefined;
  readonly 'env-file'?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
}

function requestOf(flags: ExecFlagValues, command: readonly string[]): ExecRequest {
  const { stdout } = process;
  return {
    command,
    tty: flags.tty,
    consoleSize: stdout.isTTY ? { height: stdout.rows, width: stdout.columns } : undefined,
    environment: environment(flags),
    user: flags.user,
    workingDirectory: flags.workdir,
  };
}

export function environment(flags: Pick<ExecFlagValues, 'env' | 'env-file'>): EnvironmentChange[] {
  const fromFiles = (flags['env-file'] ?? []).flatMap((name) => {
    try {
      return parseEnvFile(readFileSync(name), name, process.env);
    } catch (thrown) {
      throw toFailure(thrown);
    }
  });
  return [...fromFiles, ...(flags.env ?? []).map((text) => parseEnvironment(text, process.env))];
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Gives the user's terminal back before a signal ends this process; until the returned function is called. */
export function restoreOnSignal(restore: () => void): () => void {
  const listeners = ENDING.map((name) => {
    const end = (): void => {
      release();
      restore();
      // Not process.exit(), which waits for the reading of the container's streams.
      process.kill(process.pid, name);
    };
    process.on(name, end);
    return { name, end };
  });
  const release = (): void => {
    for (const { name, end } of listeners) process.off(name, end);
  };
  return release;
}
