/**
 * The names of all commands, without loading any: `<name>.ts` in this folder has the class as its default export.
 * `index.ts` has the same names with their classes, for oclif's manifest and help.
 */
export const COMMAND_NAMES = [
  'autocomplete',
  'blame',
  'cat',
  'changes',
  'commit',
  'complete',
  'copy',
  'deleted',
  'diff',
  'dive',
  'doctor',
  'export',
  'extract',
  'find',
  'fsck',
  'grep',
  'history',
  'images',
  'inspect',
  'layers',
  'ls',
  'prune',
  'ps',
  'recover',
  'rm',
  'rmi',
  'run',
  'save',
  'stat',
  'tag',
  'tree',
  'verify',
  'waste',
] as const;

/** Commands of oclif's plugins. */
export const PLUGIN_COMMAND_NAMES = ['help'] as const;
