/**
 * The names of all commands, without loading any: `<name>.ts` in this folder has the class as its default export.
 * `index.ts` has the same names with their classes, for oclif's manifest and help.
 */
export const COMMAND_NAMES = [
  'attach',
  'autocomplete',
  'bisect',
  'blame',
  'cat',
  'changes',
  'commit',
  'complete',
  'copy',
  'cp',
  'deleted',
  'diff',
  'dive',
  'doctor',
  'exec',
  'explore',
  'export',
  'extract',
  'find',
  'fsck',
  'grep',
  'history',
  'images',
  'inspect',
  'kill',
  'layers',
  'logs',
  'ls',
  'pause',
  'prune',
  'ps',
  'recover',
  'rename',
  'replay',
  'restart',
  'rm',
  'rmi',
  'run',
  'save',
  'shell',
  'start',
  'stat',
  'stop',
  'tag',
  'tree',
  'unpause',
  'update',
  'verify',
  'wait',
  'waste',
] as const;

/**
 * Commands that touch what containers wrote, or their processes: an ordinary user is root of his own user namespace for
 * them, since some of that belongs to others outside.
 */
const CONTAINER_COMMANDS: ReadonlySet<string> = new Set([
  'attach',
  'bisect',
  'changes',
  'commit',
  'cp',
  'create',
  'exec',
  'kill',
  'pause',
  'replay',
  'restart',
  'rm',
  'run',
  'shell',
  'start',
  'stop',
  'unpause',
  'update',
]);

/** True when an ordinary user can do what the command line says only as root of his own user namespace. */
export function needsNamespace(name: string, line: readonly string[]): boolean {
  return CONTAINER_COMMANDS.has(name) || (name === 'verify' && line.includes('--mounted'));
}

/** True when the command line removes what is left of containers and their layers, where there is any. */
export function removesTrees(name: string, line: readonly string[]): boolean {
  return name === 'prune' || (name === 'fsck' && line.includes('--repair'));
}

/** Commands of oclif's plugins. */
export const PLUGIN_COMMAND_NAMES = ['help'] as const;
