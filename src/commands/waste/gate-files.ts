import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { openRegular } from '../../io/regular-file.js';
import { systemReason } from '../../io/system-error.js';
import { MAX_CONFIG } from '../../layers/gate/config-document.js';
import {
  defaultGateConfig,
  type GateConfig,
  parseDiveGate,
  parseGate,
  parseStrataGate,
} from '../../layers/gate/gate-config.js';
import { fail } from '../../model/error.js';

/** Rules and where they are from. */
export interface ReadConfig extends GateConfig {
  /** Whether `file` is a file, and not the word for dive's defaults. */
  readonly isFile: boolean;
}

/**
 * Returns the rules of the named file, whichever format it has; without a name those of `./.strata.yaml` and `./.dive-ci`, of
 * both when both are there, and dive's defaults when none is. Throws E_USAGE, E_NOT_FOUND.
 */
export function readConfigs(named: string | undefined): ReadConfig[] {
  if (named !== undefined) {
    const text = readConfig(named) ?? fail('E_NOT_FOUND', `reading ${named}: no such file`);
    const parse = path.basename(named) === '.dive-ci' ? parseDiveGate : parseGate;
    return [{ ...parse(text, named), isFile: true }];
  }
  const found: ReadConfig[] = [];
  for (const [file, parse] of [
    ['.strata.yaml', parseStrataGate],
    ['.dive-ci', parseDiveGate],
  ] as const) {
    const text = readConfig(file);
    if (text !== undefined) found.push({ ...parse(text, file), isFile: true });
  }
  return found.length > 0 ? found : [{ ...defaultGateConfig(), isFile: false }];
}

/** What a shell gives a name, as `/dev/fd/63` for `<(…)`, is a pipe that somebody writes to. */
const OF_THE_SHELL = /^\/(?:dev|proc)\//;

/** Returns the file's text, or undefined when there is none. Reads no more than a configuration may have, and then one. */
export function readConfig(file: string): string | undefined {
  const bytes = Buffer.alloc(MAX_CONFIG * 4 + 1);
  let length = 0;
  try {
    const descriptor = OF_THE_SHELL.test(file)
      ? openSync(file, 'r')
      : openRegular(file, { follow: true }).descriptor;
    try {
      for (let more = 1; more > 0 && length < bytes.length; length += more)
        more = readSync(descriptor, bytes, length, bytes.length - length, null);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    const { code, reason } = systemReason(thrown);
    if (code === 'ENOENT') return undefined;
    // Not E_UNREADABLE, whose exit code 1 says that a rule failed.
    return fail('E_USAGE', `reading ${file}: ${reason}`, { cause: thrown });
  }
  return bytes.toString('utf8', 0, length);
}
