import { string } from '@oclif/core/args';
import { parseDistributionName } from '../../model/distribution-name.js';
import { fail } from '../../model/error.js';

/** The NEWREF argument. */
export function newReferenceArgument() {
  return string({
    name: 'NEWREF',
    description: 'Name of the image in the store: NAME[:TAG].',
    required: true,
    ignoreStdin: true,
  });
}

/** Returns the name an image is to have in the store; `store:` before it says no more. Throws E_REFERENCE. */
export function newReference(text: string): string {
  const name = text.startsWith('store:') ? text.slice('store:'.length) : text;
  const { digest } = parseDistributionName(name);
  if (digest !== undefined)
    fail(
      'E_REFERENCE',
      `reading image name '${name.slice(0, 200)}': what its digest will be is not for the name to say`,
    );
  return name;
}
