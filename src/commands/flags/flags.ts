import { boolean, option, string } from '@oclif/core/flags';
import { COLOUR_CHOICES } from '../../report/colour.js';

const GLOBAL = 'GLOBAL';

/** The flags every command has. Their values are read in `base.ts`, so that what is wrong with them is told our way. */
export const BASE_FLAGS = {
  platform: string({
    helpGroup: GLOBAL,
    helpValue: 'OS/ARCH[/VARIANT]',
    summary: 'Platform to choose from an image index. Default: linux on the architecture of this machine.',
  }),
  color: option({ options: COLOUR_CHOICES })({
    helpGroup: GLOBAL,
    default: 'auto',
    summary:
      'Colour the output: always, never, or auto (on a terminal; NO_COLOR and FORCE_COLOR are heeded).',
  }),
  limit: string({
    helpGroup: GLOBAL,
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Raise or lower what hostile input may cost: entries=10000000, layerBytes=1TB, ...',
  }),
  quiet: boolean({ char: 'q', helpGroup: GLOBAL, summary: 'Say nothing on stderr but warnings and errors.' }),
  strict: boolean({
    helpGroup: GLOBAL,
    summary: 'Fail (exit 3) when the input has anomalies of severity warning or error.',
  }),
  debug: boolean({ helpGroup: GLOBAL, summary: 'Show where in strata an error arose.' }),
};

/** A flag that takes globs of paths, any number of times. */
export function globsFlag(summary: string) {
  return string({ helpValue: 'GLOB', multiple: true, multipleNonGreedy: true, summary });
}

/** `--bytes`: exact numbers instead of `72.8 MB`. */
export const bytesFlag = boolean({ summary: 'Show sizes as exact numbers of bytes.' });

/** `--reverse`: the other way round. */
export const reverseFlag = boolean({ char: 'r', summary: 'Reverse the order.' });
