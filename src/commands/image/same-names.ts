import type { Named } from '../../images/write/outgoing-image.js';
import { fail } from '../../model/error.js';

/** Throws E_AMBIGUOUS when two images would have one name. `spelling` is the same for all ways to write a name. */
export function refuseSameNames(
  images: readonly Named[],
  spelling: (name: string) => string,
  { doing, hint }: { readonly doing: string; readonly hint: string },
): void {
  const taken = new Set<string>();
  for (const { names } of images)
    for (const name of new Set(names.map(spelling))) {
      if (taken.has(name)) fail('E_AMBIGUOUS', `${doing}: two images have the name ${name}`, { hint });
      taken.add(name);
    }
}
