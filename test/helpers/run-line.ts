import { existsSync } from 'node:fs';
import { COMMANDS } from '../../src/commands/index.js';
import { route } from '../../src/commands/program/route.js';
import { type Ended, runCommand } from './run-command.js';

/** Runs the words of a command line, the first of which is `strata`, in this process and in `place`. */
export async function runLine(place: string, [program, ...words]: readonly string[]): Promise<Ended> {
  if (program !== 'strata') throw new Error(`not a line of strata: ${program}`);
  const before = process.cwd();
  process.chdir(place);
  try {
    const [name, ...argv] = route(words, { commands: Object.keys(COMMANDS), exists: existsSync });
    const command = COMMANDS[name as keyof typeof COMMANDS];
    command.id = name;
    return await runCommand(command, argv);
  } finally {
    process.chdir(before);
  }
}
