import Tput from 'blessed/lib/tput.js';

type Capability = (this: unknown, args: readonly unknown[]) => unknown;

let lazy = false;

/**
 * Has blessed compile what a terminal can do when it is first asked to: of two hundred functions that it makes of text, a
 * screen needs some twenty. Safe to call again.
 */
export function compileWhenUsed(): void {
  if (lazy) return;
  lazy = true;
  const { prototype } = Tput;
  const compile = prototype._compile;
  prototype._compile = function (info, key, value) {
    // Those two name files, and numbers and flags are what they are.
    if (typeof value !== 'string' || value === '' || key === 'init_file' || key === 'reset_file')
      return compile.call(this, info, key, value);
    let compiled: Capability | undefined;
    const first: Capability = (args) => {
      compiled ??= compile.call(this, info, key, value) as Capability;
      return compiled.call(this, args);
    };
    return first;
  };
}
