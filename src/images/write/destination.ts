import { parseDistributionName } from '../../model/distribution-name.js';
import { fail } from '../../model/error.js';

/** Where an image is to be written; containers-transports(5) names, and ours. */
export type Destination =
  | {
      readonly transport: 'docker-archive' | 'oci-archive';
      /** A path; `-` is standard output. */
      readonly target: string;
      readonly tag: string | undefined;
    }
  | { readonly transport: 'oci'; readonly target: string; readonly tag: string | undefined }
  | { readonly transport: 'dir'; readonly target: string }
  | { readonly transport: 'store'; readonly name: string };

/** OCI image-spec 1.1 annotations.md: the grammar of a ref.name. */
const REF_NAME = /^[A-Za-z0-9]+(?:[-._:@/+]+[A-Za-z0-9]+)*$/;

/**
 * Reads `docker-archive:FILE[:TAG]`, `oci-archive:FILE[:TAG]`, `oci:DIR[:TAG]`, `dir:DIR`, `store:NAME`; the path ends at its
 * first colon, as for skopeo. With `named` false the NAME may be left out, and is empty then. Throws E_REFERENCE, E_USAGE.
 */
export function parseDestination(text: string, { named = true } = {}): Destination {
  const colon = text.indexOf(':');
  const transport = text.slice(0, Math.max(0, colon));
  const rest = text.slice(colon + 1);
  const refuse = (why: string, hint?: string): never =>
    fail('E_REFERENCE', `reading the destination '${text.slice(0, 200)}': ${why}`, {
      ...(hint === undefined ? {} : { hint }),
    });
  switch (transport) {
    case 'store':
      if (named || rest !== '') parseDistributionName(rest);
      return { transport, name: rest };
    case 'dir':
      return rest === '' ? refuse('nothing follows dir:') : { transport, target: rest };
    case 'docker-archive':
    case 'oci-archive':
    case 'oci': {
      const end = rest.indexOf(':', 1);
      const target = end < 0 ? rest : rest.slice(0, end);
      const tag = end < 0 ? undefined : rest.slice(end + 1);
      if (target === '') refuse(`nothing follows ${transport}:`);
      if (transport === 'oci' && target === '-') refuse('standard output is not a directory');
      if (tag === '') refuse('nothing follows the last colon');
      if (tag !== undefined && transport === 'docker-archive') parseDistributionName(tag, 'tag');
      else if (tag !== undefined && !REF_NAME.test(tag)) refuse(`'${tag}' is not a tag`);
      return { transport, target, tag };
    }
    default:
      return refuse(
        'it does not say what to write',
        'write docker-archive:FILE[:TAG], oci-archive:FILE[:TAG], oci:DIR[:TAG], dir:DIR or store:NAME',
      );
  }
}
