import { encodeName } from '../../model/name.js';

/** Something of a container that a layer cannot hold, so that it is left out. */
export type Unheld =
  | { readonly path: string; readonly what: 'socket' }
  | {
      readonly path: string;
      readonly what: 'attribute';
      /** Name of the extended attribute. */
      readonly attribute: string;
      readonly why: 'empty' | 'name';
    };

/**
 * Returns why a layer cannot hold an extended attribute: in a PAX record an empty value takes the attribute away (POSIX pax,
 * "extended header"), and a name ends at its first `=`. Undefined for all others.
 */
function whyUnheld(name: string, value: Uint8Array): 'empty' | 'name' | undefined {
  if (encodeName(name).includes(0x3d)) return 'name';
  return value.length === 0 ? 'empty' : undefined;
}

/** Returns the attributes that a layer can hold. */
export function heldXattrs(xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  const all = [...xattrs];
  const held = all.filter(([name, value]) => whyUnheld(name, value) === undefined);
  return held.length === all.length ? xattrs : new Map(held);
}

/** Returns what of the attributes of a path a layer cannot hold. */
export function unheldXattrs(path: string, xattrs: ReadonlyMap<string, Uint8Array>): Unheld[] {
  return [...xattrs].flatMap(([attribute, value]): Unheld[] => {
    const why = whyUnheld(attribute, value);
    return why === undefined ? [] : [{ path, what: 'attribute', attribute, why }];
  });
}
