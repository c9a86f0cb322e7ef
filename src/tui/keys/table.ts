import type { Chord } from './chord.js';

/** Where a key is pressed. A pane's keys go before those that hold everywhere. */
export const CONTEXTS = [
  'everywhere',
  'layers',
  'files',
  'text',
  'page',
  'containers',
  'log',
  'bisect',
  'changes',
  'commit',
  'start',
] as const;
export type KeyContext = (typeof CONTEXTS)[number];

export const CONTEXT_TITLES: Readonly<Record<KeyContext, string>> = {
  everywhere: 'Everywhere',
  layers: 'Layers',
  files: 'Files',
  text: 'Layer details and image',
  page: 'A page: file, history, difference, help',
  changes: 'Changes of a container',
  commit: 'Commit',
  containers: 'Containers',
  log: 'Log of a container',
  bisect: 'Bisect',
  start: 'List of images, where none was named',
};

/** Contexts whose keys hold in another one too, after its own. */
export const BENEATH: Partial<Readonly<Record<KeyContext, KeyContext>>> = {
  changes: 'page',
  commit: 'page',
  containers: 'page',
  log: 'page',
  bisect: 'page',
  start: 'page',
};

/** One thing a key can do. */
export interface KeyRow {
  readonly context: KeyContext;
  readonly action: string;
  readonly help: string;
  readonly chords: readonly Chord[];
  /** Chords of the profile `dive` where they are others. */
  readonly dive?: readonly Chord[];
  /** A word for the status line; those without are only in the help. */
  readonly hint?: string;
}

const row = <A extends string>(
  context: KeyContext,
  action: A,
  chords: string,
  help: string,
  more: { readonly dive?: string; readonly hint?: string } = {},
) => ({
  context,
  action,
  help,
  chords: chords.split(' ').filter((chord) => chord !== ''),
  ...(more.dive === undefined ? {} : { dive: more.dive.split(' ').filter((chord) => chord !== '') }),
  ...(more.hint === undefined ? {} : { hint: more.hint }),
});

/**
 * All keys: what the help, the status line, docs/keys.md and the configuration are made from. Names of actions are
 * stable.
 */
export const KEY_TABLE = [
  row('everywhere', 'help', '?', 'Keys of this pane', { hint: 'help' }),
  row('everywhere', 'quit', 'q C-c', 'Leave', { hint: 'quit' }),
  row('everywhere', 'back', 'Esc', 'Close the page, clear the filter, forget the marks'),
  row('everywhere', 'next-pane', 'Tab', 'Next pane', { hint: 'pane' }),
  row('everywhere', 'previous-pane', 'S-Tab', 'Previous pane'),
  row('everywhere', 'next-layer', ']', 'One layer up in time, from any pane', { hint: 'layer' }),
  row('everywhere', 'previous-layer', '[', 'One layer back in time, from any pane'),
  row('everywhere', 'mark', 'm', 'Mark this layer: two marks show what changed from one to the other', {
    hint: 'mark',
  }),
  row('everywhere', 'compare-layer', '1', 'Only what this layer changed', { dive: '1 C-l' }),
  row('everywhere', 'compare-all', '2', 'All files of the snapshot after this layer', { dive: '2' }),
  row(
    'everywhere',
    'filter',
    '/ C-f',
    'Filter files as you type: words, !word, re:…, size:>1M, kind:file, setuid',
    {
      hint: 'filter',
      dive: 'C-f C-_ /',
    },
  ),
  row('everywhere', 'toggle-added', 'a', 'Hide or show what was added', { dive: 'a C-a' }),
  row('everywhere', 'toggle-modified', 'c', 'Hide or show what was changed'),
  row('everywhere', 'toggle-removed', 'r', 'Hide or show what was removed', { dive: 'r C-r' }),
  row('everywhere', 'toggle-unchanged', 'u', 'Hide or show what did not change', { dive: 'C-u' }),
  row('everywhere', 'sort', 'o C-o', 'Sort by size or by name'),
  row('everywhere', 'attributes', 'B C-b', 'Hide or show mode, owner and size'),
  row('everywhere', 'waste-page', 'W', 'Where bytes are wasted, why, and what to do', { hint: 'waste' }),
  row('everywhere', 'other-image', '=', 'How the second image differs from this snapshot, or this one alone'),
  row('everywhere', 'other-side', 'z', 'Of two images: move and open the other one'),
  row('everywhere', 'theme', 't', 'Next theme: dark, light, contrast, mono'),
  row('everywhere', 'redraw', 'C-l', 'Draw everything anew', { dive: '' }),
  row('everywhere', 'suspend', 'C-z', 'Back to the shell for a while; fg returns'),
  row('everywhere', 'shell', 's', 'A shell in this snapshot'),
  row('everywhere', 'containers', 'p', 'Containers: logs, shells, stop, changes'),
  row(
    'everywhere',
    'bisect',
    'b',
    'Find the layer that changes what a command says, between two marks; -u 0 before it: as root',
  ),
  row('everywhere', 'commit', 'K', 'Make a layer of what a container changed'),

  row('layers', 'up', 'Up k', 'Layer below in the list'),
  row('layers', 'down', 'Down j', 'Layer above'),
  row('layers', 'page-up', 'PageUp C-u', 'A page up', { dive: 'PageUp u' }),
  row('layers', 'page-down', 'PageDown C-d', 'A page down', { dive: 'PageDown d' }),
  row('layers', 'first', 'Home g', 'First layer'),
  row('layers', 'last', 'End G', 'Last layer'),
  row('layers', 'open', 'Enter Right l', 'To the files of this snapshot', { hint: 'files' }),
  row('layers', 'range-all', 'C-a', 'Compare with the base: all changes up to this layer'),
  row('layers', 'copy-digest', 'y', 'Copy the digest of the layer'),

  row('files', 'up', 'Up k', 'One row up'),
  row('files', 'down', 'Down j', 'One row down'),
  row('files', 'page-up', 'PageUp C-u', 'A page up', { dive: 'PageUp u' }),
  row('files', 'page-down', 'PageDown C-d', 'A page down', { dive: 'PageDown d' }),
  row('files', 'first', 'Home g', 'First row'),
  row('files', 'last', 'End G', 'Last row'),
  row('files', 'left', 'Left h', 'Fold the directory, or go to the one above'),
  row('files', 'right', 'Right l', 'Unfold the directory and go into it'),
  row('files', 'fold', 'Space', 'Fold or unfold', { hint: 'fold' }),
  row('files', 'unfold-all', '*', 'Unfold everything'),
  row('files', 'fold-all', '-', 'Fold everything', { dive: '- C-Space' }),
  row('files', 'open', 'Enter', 'View the file; fold or unfold a directory; follow a link', { hint: 'view' }),
  row('files', 'history', 'H', 'Its life: what each layer did to it, and where its bytes went', {
    hint: 'history',
  }),
  row('files', 'difference', 'd', 'How its content differs from the version before', {
    hint: 'diff',
    dive: 'D',
  }),
  row('files', 'extract', 'e C-e', 'Write it to this machine'),
  row('files', 'copy-path', 'y', 'Copy its path'),
  row('files', 'copy-digest', 'Y', 'Copy the digest of its content'),
  row('files', 'next-waste', 'w', 'Next file that is wasted'),
  row('files', 'previous-waste', 'v', 'The one before'),
  row('files', 'next-removed', 'x', 'Next file that was removed'),
  row('files', 'previous-removed', 'X', 'The one before'),
  row('files', 'next-setuid', 'n', 'Next setuid or setgid file'),
  row('files', 'previous-setuid', 'N', 'The one before'),
  row('files', 'next-anomaly', 'i', 'Next file with something odd'),
  row('files', 'previous-anomaly', 'I', 'The one before'),
  row('files', 'next-changed', '.', 'Next change'),
  row('files', 'previous-changed', ',', 'The one before'),

  row('text', 'up', 'Up k', 'One line up'),
  row('text', 'down', 'Down j', 'One line down'),
  row('text', 'page-up', 'PageUp C-u', 'A page up', { dive: 'PageUp u' }),
  row('text', 'page-down', 'PageDown C-d', 'A page down', { dive: 'PageDown d' }),
  row('text', 'copy-digest', 'y', 'Copy the digest of the layer'),

  row('page', 'up', 'Up k', 'One line up'),
  row('page', 'down', 'Down j', 'One line down'),
  row('page', 'page-up', 'PageUp C-u', 'A page up', { dive: 'PageUp u' }),
  row('page', 'page-down', 'PageDown C-d Space', 'A page down', { dive: 'PageDown d Space' }),
  row('page', 'first', 'Home g', 'The beginning'),
  row('page', 'last', 'End G', 'The end'),
  row('page', 'left', 'Left h', 'To the left'),
  row('page', 'right', 'Right l', 'To the right'),
  row('page', 'search', '/', 'Search', { hint: 'search', dive: '/ C-f' }),
  row('page', 'next-match', 'n', 'Next line that was searched for'),
  row('page', 'previous-match', 'N', 'The one before'),
  row('page', 'next-form', 'v', 'As text, in hexadecimal, or what it is made of', { hint: 'form' }),
  row('page', 'close', 'q Backspace', 'Back to the files', { hint: 'close' }),

  row('changes', 'open', 'Enter', 'How it differs; fold or unfold a directory', { hint: 'view' }),
  row('changes', 'difference', 'd', 'How it differs from what the snapshot has'),
  row('changes', 'commit', 'K', 'Make an image of it: choose what, name it', { hint: 'commit' }),
  row('changes', 'fold', 'Space', 'Fold or unfold'),
  row('changes', 'unfold-all', '*', 'Unfold everything'),
  row('changes', 'fold-all', '-', 'Fold everything'),
  row('changes', 'copy-path', 'y', 'Copy its path'),
  row('changes', 'search', '/', 'Only what has these words in its path', { hint: 'filter' }),
  row('changes', 'discard', 'D', 'Remove the container with all that it wrote', { hint: 'remove' }),
  row('changes', 'close', 'q Backspace', 'Back; the container is kept', { hint: 'back' }),

  row('commit', 'write', 'Enter', 'Write the image; then explore it', { hint: 'write' }),
  row('commit', 'tick', 'Space', 'Take it in or leave it out, with all below it', { hint: 'tick' }),
  row('commit', 'tick-all', 'a', 'Take in or leave out everything that the filter shows', { hint: 'all' }),
  row('commit', 'name', 'n', 'Name of the image: NAME[:TAG]', { hint: 'name' }),
  row('commit', 'message', 'm', 'Message of the step in the history', { hint: 'message' }),
  row('commit', 'squash', 'S', 'One layer of everything below and the changes'),
  row('commit', 'drop-caches', 'c', 'Leave out what package managers and Python put into their caches'),
  row('commit', 'difference', 'd', 'How it differs from what the snapshot has'),
  row('commit', 'search', '/', 'Only what has these words in its path', { hint: 'filter' }),
  row('commit', 'unfold-all', '*', 'Unfold everything'),
  row('commit', 'fold-all', '-', 'Fold everything'),
  row('commit', 'close', 'q Backspace', 'Back to the changes', { hint: 'back' }),
  row('containers', 'logs', 'Enter l Right', 'What it wrote, and goes on to write', { hint: 'logs' }),
  row('containers', 'exec', 'e', 'A shell in it', { hint: 'exec' }),
  row('containers', 'attach', 'a', 'Put this terminal on what it runs', { hint: 'attach' }),
  row('containers', 'stop', 'S', 'Ask it to end; after 10 seconds it is killed', { hint: 'stop' }),
  row('containers', 'kill', 'x', 'Kill it'),
  row('containers', 'pause', 'P', 'Let it stand still, or go on', { hint: 'pause' }),
  row('containers', 'changes', 'c K', 'What it changed; K there makes an image of it', { hint: 'changes' }),
  row('containers', 'start', 'R', 'Start it again, with the files that it wrote', { hint: 'start' }),
  row('containers', 'remove', 'D', 'Remove it with all that it wrote', { hint: 'remove' }),

  row('log', 'timestamps', 't', 'Show or put away times', { hint: 'times' }),
  row('log', 'last', 'End G', 'The end, and what is written from now on', { hint: 'follow' }),

  row('bisect', 'jump', 'Enter', 'To the layer that was found, and what it changed', { hint: 'go there' }),
  row('bisect', 'again', 'b', 'Search with another command', { hint: 'again' }),
  row('bisect', 'abort', 'Esc C-c', 'Stop the search; close the page when it has ended', { hint: 'stop' }),

  row('start', 'explore', 'Enter l Right', 'Explore the image', { hint: 'explore' }),
  row('start', 'search', '/', 'Only what has this in its name', { hint: 'filter' }),
] as const satisfies readonly KeyRow[];

type TableRow = (typeof KEY_TABLE)[number];

/** Every action of the table. */
export type ActionName = TableRow extends { readonly action: infer A } ? A : never;
