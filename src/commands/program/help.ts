import { Help } from '@oclif/core';
import { COMMAND_GROUPS } from './command-groups.js';

type ListedCommand = Parameters<Help['formatCommands']>[0][number];

/** oclif's help, but the list of all commands goes by what people want to do. */
export default class GroupedHelp extends Help {
  override formatRoot(): string {
    const usage = [
      'IMAGE             explore it; its summary where there is no terminal',
      '  $ strata COMMAND --help    how one of these is used, with examples that run',
    ];
    return super.formatRoot().replace('[COMMAND]', usage.join('\n'));
  }

  override formatCommands(commands: ListedCommand[]): string {
    const groups = Object.entries(COMMAND_GROUPS).map(([title, names]) => ({
      title,
      members: names.flatMap((name) => commands.filter((command) => command.id === name)),
    }));
    return groups
      .filter(({ members }) => members.length > 0)
      .map(({ title, members }) => super.formatCommands(members).replace('COMMANDS', title.toUpperCase()))
      .join('\n\n');
  }
}
