import { string } from '@oclif/core/args';
import { StrataCommand } from './base.js';
import { SCRIPTS, SETUP, type Shell, SHELLS } from './complete/shell-scripts.js';

export default class Autocomplete extends StrataCommand {
  static override readonly summary =
    'Complete commands, flags, files and paths inside images with the Tab key.';
  static override readonly description = `Prints the script for a shell, to be read when it starts; without a shell, what to put where.
Paths inside an image, \`strata cat app.tar /et<TAB>\`, are known once the image was read by any command.`;
  static override readonly examples = [
    { description: 'How to switch it on', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'In ~/.bashrc', command: 'source <(<%= config.bin %> <%= command.id %> bash)' },
    { description: 'In ~/.zshrc', command: 'source <(<%= config.bin %> <%= command.id %> zsh)' },
    {
      description: 'In ~/.config/fish/config.fish',
      command: '<%= config.bin %> <%= command.id %> fish | source',
    },
  ];
  static override readonly args = {
    shell: string({
      name: 'SHELL',
      description: 'Shell to print the script for.',
      options: [...SHELLS],
      ignoreStdin: true,
    }),
  };

  async run(): Promise<unknown> {
    const { args, context } = await this.begin(Autocomplete);
    const shell = SHELLS.find((name) => name === args.shell);
    const asked = shell ?? SHELLS.find((name) => context.env.SHELL?.endsWith(`/${name}`) === true);
    if (context.json)
      return {
        shells: SHELLS.filter((name) => asked === undefined || name === asked).map((name) => ({
          shell: name,
          setup: SETUP[name],
          script: SCRIPTS[name],
        })),
      };
    if (shell !== undefined) await context.output.write(SCRIPTS[shell]);
    else await context.output.lines((asked === undefined ? SHELLS : [asked]).flatMap(instructions));
    return undefined;
  }
}

function instructions(shell: Shell): string[] {
  const { file, line } = SETUP[shell];
  return [`Put this line into ${file} and start a new ${shell}:`, '', `  ${line}`, ''];
}
