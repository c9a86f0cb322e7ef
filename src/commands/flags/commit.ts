import { boolean, integer, string } from '@oclif/core/flags';
import { fail } from '../../model/error.js';
import { bytesFlag, globsFlag } from './flags.js';

export const COMMIT_FLAGS = {
  message: string({ char: 'm', helpValue: 'TEXT', summary: 'Comment of the step in the history.' }),
  author: string({ char: 'a', helpValue: 'NAME', summary: 'Author of the image.' }),
  change: string({
    char: 'c',
    helpValue: 'INSTRUCTION',
    multiple: true,
    multipleNonGreedy: true,
    summary:
      'Change the configuration by an instruction of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, ...',
  }),
  pause: boolean({
    char: 'p',
    default: true,
    allowNo: true,
    summary: 'Let a container that runs stand still meanwhile.',
  }),
  include: globsFlag('Only what fits a glob, or lies below what does.'),
  exclude: globsFlag('Leave what fits a glob, or lies below what does, as the snapshot has it.'),
  pick: boolean({ summary: 'Choose the paths in your editor (VISUAL, EDITOR), as git rebase -i does.' }),
  'drop-caches': boolean({ summary: 'Leave out what package managers and Python put into their caches.' }),
  squash: boolean({ summary: 'One layer of everything: all layers below and the changes.' }),
  'squash-onto': integer({
    helpValue: 'N',
    min: 0,
    summary: 'One layer of the changes and all layers above layer N.',
  }),
  'dry-run': boolean({
    char: 'n',
    default: false,
    summary: 'Make nothing; say what would be in the layer.',
  }),
  bytes: bytesFlag,
};

/** Returns the layer above which everything becomes one; undefined: nothing is squashed. Throws E_USAGE. */
export function squashOnto(
  flags: { readonly squash: boolean; readonly 'squash-onto'?: number | undefined },
  n: number,
): number | undefined {
  const onto = flags['squash-onto'];
  if (onto !== undefined && flags.squash)
    fail('E_USAGE', 'reading the command line: --squash and --squash-onto say different things', {
      hint: '--squash is --squash-onto 0',
    });
  if (onto !== undefined && onto > n)
    fail('E_USAGE', `squashing onto layer ${String(onto)}: the container lies upon layer ${String(n)}`, {
      hint: n === 0 ? 'leave it out' : `use a number from 0 to ${String(n)}`,
    });
  return flags.squash ? 0 : onto;
}
