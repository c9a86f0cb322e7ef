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
  'deleted',
  'diff',
  'dive',
  'doctor',
  'explore',
  'export',
  'extract',
  'find',
  'fsck',
  'grep',
  'history',
  'inspect',
  'layers',
  'ls',
  'prune',
  'ps',
  'recover',
  'rm',
  'run',
  'stat',
  'tree',
  'verify',
  'waste',
] as const;

/** Commands of oclif's plugins. */
export const PLUGIN_COMMAND_NAMES = ['help'] as const;
