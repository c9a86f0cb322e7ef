import path from 'node:path';

/** Where a store is. Both are absolute; nothing else of the host is ever written. */
export interface StorePaths {
  /** The OCI image layout (image-spec 1.1, image-layout.md) with `tmp`, `locks`, `refs` and `quarantine` beside it. */
  readonly root: string;
  /** Derived data: everything below can be deleted at any time and is made again. */
  readonly cache: string;
}

/**
 * Returns where the store of this environment is: below `STRATA_STORE` when set, else `$XDG_DATA_HOME/strata` and
 * `$XDG_CACHE_HOME/strata`. Relative XDG paths are ignored, as the XDG base directory specification 0.8 says; a
 * relative `STRATA_STORE` is taken from the working directory.
 */
export function storePaths(env: Readonly<Record<string, string | undefined>>, home: string): StorePaths {
  if (env.STRATA_STORE !== undefined && env.STRATA_STORE !== '') {
    const root = path.resolve(env.STRATA_STORE);
    return { root, cache: path.join(root, 'cache') };
  }
  return {
    root: path.join(baseDirectory(env.XDG_DATA_HOME) ?? path.join(home, '.local', 'share'), 'strata'),
    cache: path.join(baseDirectory(env.XDG_CACHE_HOME) ?? path.join(home, '.cache'), 'strata'),
  };
}

function baseDirectory(value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}
