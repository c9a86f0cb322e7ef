import { StrataError } from '../../model/error.js';
import { expandBraces } from '../search/glob-braces.js';
import { compileClass } from '../search/glob-class.js';
import { compileGlob, type PathMatcher } from '../search/glob.js';

/**
 * Compiles the globs to one that fits where any of them does. Stricter than {@link compileGlob}, to which a bracket or brace that
 * never closes is a character: in a file that nobody watches such a glob ignores nothing, in silence. `refuse` is told
 * what is wrong with the first that is malformed.
 */
export function compileIgnored(globs: readonly string[], refuse: (why: string) => never): PathMatcher {
  const matchers = globs.map((glob) => {
    if (glob === '') return refuse('has an empty glob');
    try {
      const matcher = compileGlob(glob);
      const open = expandBraces(glob).map(unclosed).find(Boolean);
      return open === undefined ? matcher : refuse(`has '${glob}', whose ${open} never closes`);
    } catch (thrown) {
      if (!(thrown instanceof StrataError) || !thrown.message.startsWith(COMPILING)) throw thrown;
      return refuse(`has a bad glob: ${thrown.message.slice(COMPILING.length)}`);
    }
  });
  return (path) => matchers.some((fits) => fits(path));
}

const COMPILING = 'compiling the glob: ';

/** Returns what a glob without alternatives opens and never closes; a class ends with its path component. */
function unclosed(glob: string): 'bracket' | 'brace' | undefined {
  let braces = 0;
  for (const part of glob.split('/'))
    for (let i = 0; i < part.length; i++)
      if (part[i] === '\\') i += 1;
      else if (part[i] === '[') {
        const found = compileClass(part, i, false);
        if (found === undefined) return 'bracket';
        i = found.end;
      } else if (part[i] === '{') braces += 1;
      else if (part[i] === '}' && braces > 0) braces -= 1;
  return braces > 0 ? 'brace' : undefined;
}
