import { readDistributionName } from '../../model/distribution-name.js';

/** Returns the names of an image without a bare tag that stands beside its full name, as Docker 25 and containerd write it. */
export function ownNames(names: readonly string[]): readonly string[] {
  const beside = new Set(
    names.flatMap((name) => {
      const parsed = readDistributionName(name);
      return 'why' in parsed || parsed.tag === undefined ? [] : [parsed.tag];
    }),
  );
  return names.filter((name) => !beside.has(name));
}
