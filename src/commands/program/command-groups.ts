import type { COMMAND_NAMES } from '../names.js';

type CommandName = (typeof COMMAND_NAMES)[number];

/** What people come for, in the order in which they come for it, and the commands for each. Every command is in one. */
export const COMMAND_GROUPS: Readonly<Record<string, readonly CommandName[]>> = {
  'Look into an image': [
    'explore',
    'inspect',
    'layers',
    'history',
    'ls',
    'tree',
    'cat',
    'stat',
    'find',
    'grep',
    'blame',
  ],
  Compare: ['diff', 'waste', 'deleted', 'recover', 'dive'],
  'Take files out': ['extract', 'export'],
  Check: ['verify', 'doctor'],
  'Step in': ['run', 'shell', 'exec', 'attach', 'cp', 'changes', 'commit'],
  'Look after containers': [
    'ps',
    'logs',
    'start',
    'stop',
    'restart',
    'kill',
    'pause',
    'unpause',
    'wait',
    'rename',
    'update',
    'rm',
  ],
  'Debug a build': ['bisect', 'replay'],
  'Keep and move images': ['images', 'tag', 'rmi', 'copy', 'save', 'fsck', 'prune'],
  'Set up': ['autocomplete'],
};
