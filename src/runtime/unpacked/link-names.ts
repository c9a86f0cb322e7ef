import { entryAt } from '../../layers/index/layer-index.js';
import { type Inode, lookup, type Union } from '../../layers/union/union.js';

/** Where the entries of an image have more than one name. */
export interface LinkNames {
  /** Nodes at which the entry is or was, in some snapshot. */
  of(inode: Inode): readonly number[];
}

/** Counts nothing before it is first asked. */
export function createLinkNames(union: Union): LinkNames {
  let names: Map<string, number[]> | undefined;
  const keyOf = ({ layer, row }: Inode): string => `${String(layer)} ${String(row)}`;
  return {
    of(inode) {
      names ??= collect(union, keyOf);
      const own = lookup(union, entryAt(union.layers[inode.layer - 1], inode.row).path);
      return [own, ...(names.get(keyOf(inode)) ?? [])].filter((node) => node >= 0);
    },
  };
}

function collect(union: Union, keyOf: (inode: Inode) => string): Map<string, number[]> {
  const { touchStart, links } = union;
  const names = new Map<string, number[]>();
  let node = 0;
  for (const [i, touch] of links.touch.entries()) {
    while (touchStart[node + 1] <= touch) node++;
    const key = keyOf({ layer: links.layer[i], row: links.row[i] });
    const known = names.get(key);
    if (known === undefined) names.set(key, [node]);
    else if (known.at(-1) !== node) known.push(node);
  }
  return names;
}
