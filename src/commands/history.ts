import { Flags } from '@oclif/core';
import { fail } from '../model/error.js';
import type { Image } from '../model/image.js';
import { historyOf, type Step } from '../layers/history/history.js';
import { formatBytes } from '../report/bytes.js';
import type { Cell } from '../report/cell.js';
import { escapeForTerminal } from '../report/escape.js';
import { imageJson } from '../report/image.js';
import { formatTable } from '../report/table.js';
import { snapshotArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { bytesFlag, reverseFlag } from './flags/flags.js';
import { openImage } from './image/open.js';

const ESCAPED =
  'hidden characters are written as \\xNN and \\uNNNN, which a build would take as they stand; --json has them as they are';

export default class History extends StrataCommand {
  static override readonly summary = 'Show how the image was built, step by step, or as a Dockerfile.';
  static override readonly description = `Reads the configuration only, no layer. With --dockerfile the steps become a Dockerfile again:
comments say what cannot be known (sources of COPY, stages, the base image) and how sure the rest is.`;
  static override readonly examples = [
    {
      description: 'Every step, the first one on top',
      command: '<%= config.bin %> <%= command.id %> demo.tar',
    },
    {
      description: 'A Dockerfile to read or to build on',
      command: '<%= config.bin %> <%= command.id %> demo.tar --dockerfile',
    },
  ];
  static override readonly args = { image: snapshotArgument() };
  static override readonly flags = {
    dockerfile: Flags.boolean({ summary: 'Print a Dockerfile reconstructed from the history.' }),
    full: Flags.boolean({ summary: 'Show instructions whole, also on a terminal.' }),
    raw: Flags.boolean({
      summary: 'Show created_by as the configuration has it.',
      exclusive: ['dockerfile'],
    }),
    reverse: reverseFlag,
    bytes: bytesFlag,
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(History);
    const opened = await openImage(context, args.image);
    try {
      const { image, n } = opened;
      if (flags.dockerfile) {
        // The configuration, which tells half of it, is that of the last step.
        if (n < image.layers.length)
          fail('E_USAGE', `reconstructing the Dockerfile of ${args.image}: that is one of a whole image`, {
            hint: 'leave the @ out',
          });
        const { reconstructDockerfile, renderDockerfile } = await import('../layers/history/dockerfile.js');
        const dockerfile = reconstructDockerfile(image);
        const text = renderDockerfile(dockerfile);
        if (!context.json) {
          // Also for a pipe: what hides in a Dockerfile would show, or not, wherever that is read.
          const shown = escapeForTerminal(text, { newlines: 'keep', backslashes: 'keep' });
          await context.output.write(shown);
          if (shown !== text) context.log.warn(ESCAPED);
        }
        return { image: imageJson(image), snapshot: n, dockerfile: text, lines: dockerfile.lines };
      }
      const steps = stepsUpTo(image, n);
      if (flags.reverse) steps.reverse();
      const sizeOf = (step: Step): number | undefined =>
        step.layer === undefined ? undefined : image.layers[step.layer - 1]?.size;
      if (!context.json) {
        const { palette, isTTY, width } = context.terminal.stdout;
        const rows = steps.map((step): Cell[] => {
          const size = sizeOf(step);
          return [
            { text: String(step.number), style: palette.dim },
            step.layer === undefined ? { text: '-', style: palette.dim } : String(step.layer),
            size === undefined ? { text: '-', style: palette.dim } : formatBytes(size, flags.bytes),
            { text: step.created?.slice(0, 19).replace('T', ' ') ?? '', style: palette.dim },
            flags.raw
              ? rawOf(step, image.config.history)
              : step.instruction.text.replace(/\s*\\?\n\s*/g, ' '),
          ];
        });
        await context.output.lines(
          formatTable(
            [
              { header: 'STEP', align: 'right' },
              { header: 'LAYER', align: 'right' },
              { header: 'STORED', align: 'right' },
              { header: 'CREATED' },
              { header: 'INSTRUCTION' },
            ],
            rows,
            {
              header: palette.heading,
              terminalWidth: isTTY && !flags.full ? width : undefined,
              giveWay: [['CREATED', 0]],
              ellipsis: context.terminal.ellipsis,
            },
          ),
        );
      }
      return {
        image: imageJson(image),
        snapshot: n,
        steps: steps.map((step) => ({
          step: step.number,
          layer: step.layer ?? null,
          storedBytes: sizeOf(step) ?? null,
          created: step.created ?? null,
          author: step.author,
          comment: step.comment,
          keyword: step.instruction.keyword,
          instruction: step.instruction.text,
          builder: step.instruction.builder,
          createdBy: rawOf(step, image.config.history),
        })),
      };
    } finally {
      await opened.close();
    }
  }
}

/** The steps up to the one that made layer `n`; all for the whole image. */
function stepsUpTo(image: Image, n: number): Step[] {
  const steps = historyOf(image);
  return n === image.layers.length ? steps : steps.slice(0, steps.findIndex(({ layer }) => layer === n) + 1);
}

function rawOf(step: Step, history: readonly { readonly createdBy: string }[]): string {
  return history[step.number - 1]?.createdBy ?? '';
}
