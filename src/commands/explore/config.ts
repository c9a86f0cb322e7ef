import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type ExploreConfig, NO_CONFIG, readConfig, readDiveConfig } from '../../tui/keys/config.js';
import type { Message } from '../../tui/state/state.js';
import type { Environment } from '../program/terminal.js';

/** Configuration with the file it came from. */
export interface FoundConfig {
  readonly config: ExploreConfig;
  readonly file: string | undefined;
}

/**
 * Returns strata's own configuration (`$XDG_CONFIG_HOME/strata/config.yaml`); where there is none and dive's profile is
 * asked for or nothing is, dive's: `$XDG_CONFIG_HOME/dive/*.yaml`, the same in $XDG_CONFIG_DIRS, `~/.dive.yaml`.
 * Rejects with E_USAGE for a file that is no YAML.
 */
export async function findConfig(env: Environment, diveOnly: boolean): Promise<FoundConfig> {
  const parsed = async (text: string, file: string): Promise<unknown> =>
    (await import('../../layers/gate/config-document.js')).parseConfigDocument(text, file);
  const home = env.HOME ?? homedir();
  const configHome = absolute(env.XDG_CONFIG_HOME) ?? path.join(home, '.config');
  if (!diveOnly)
    for (const name of ['config.yaml', 'config.yml']) {
      const file = path.join(configHome, 'strata', name);
      const text = readText(file);
      if (text !== undefined) return { config: readConfig(await parsed(text, file)), file };
    }
  const folders = [
    configHome,
    ...(env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').filter((one) => path.isAbsolute(one)),
  ];
  const files = [
    ...folders.flatMap((folder) => yamlIn(path.join(folder, 'dive'))),
    path.join(home, '.dive.yaml'),
  ];
  for (const file of files) {
    const text = readText(file);
    if (text !== undefined) return { config: readDiveConfig(await parsed(text, file)), file };
  }
  return { config: NO_CONFIG, file: undefined };
}

/** Returns what the explorer says of a file that was not understood as a whole: the first thing, and how many there are. */
export function configMessage({ config: { problems }, file }: FoundConfig): Message | undefined {
  if (problems.length === 0) return undefined;
  const more = problems.length === 1 ? '' : `, and ${String(problems.length - 1)} more`;
  return { text: `${problems[0]}${more}: ${file ?? ''}`, role: 'warning' };
}

/** XDG base directories that are not absolute are to be ignored. */
function absolute(folder: string | undefined): string | undefined {
  return folder !== undefined && path.isAbsolute(folder) ? folder : undefined;
}

function yamlIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
