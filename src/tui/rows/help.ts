import { showChord } from '../keys/chord.js';
import type { Keymap } from '../keys/keymap.js';
import { CONTEXT_TITLES, type KeyContext } from '../keys/table.js';
import { padRight, type Row, seg } from './segment.js';
import type { Role } from './theme.js';
import { wrap } from './waste.js';

/** Columns of the keys. */
const KEYS = 18;

/** Returns the help: the keys of the pane first, then those that hold everywhere. */
export function helpRows(keymap: Keymap, first: KeyContext, width: number): Row[] {
  const rows: Row[] = [];
  const entry = (left: string, role: Role, text: string): void => {
    for (const [i, line] of wrap(text, Math.max(12, width - KEYS - 4)).entries())
      rows.push([seg(`  ${padRight(i === 0 ? left : '', KEYS)} `, role), seg(line)]);
  };
  for (const context of new Set<KeyContext>([first, 'everywhere', 'page'])) {
    if (rows.length > 0) rows.push([]);
    rows.push([seg(CONTEXT_TITLES[context], 'heading')], []);
    for (const { chords, help } of keymap.rows.filter((row) => row.context === context)) {
      const keys = chords.length === 0 ? '(no key)' : chords.map(showChord).join(' ');
      entry(keys, 'key', help);
    }
  }
  rows.push([], [seg('Marks', 'heading')], []);
  for (const [sign, role, meaning] of [
    ['+', 'added', 'added by the layer, or between the two marks'],
    ['~', 'changed', 'changed: content, kind, mode, owner, time or attributes'],
    ['-', 'removed', 'removed'],
    ['·', 'changed', 'the directory itself is the same, something in it changed'],
    ['!', 'waste', 'bytes of it are wasted'],
    ['A B', 'accent', 'the two layers that are marked; │ those between them'],
    ['=', 'accent', 'of two images: both have this layer'],
  ] as const)
    entry(sign, role, meaning);
  rows.push([], [seg('Filter', 'heading')], []);
  for (const [form, meaning] of [
    ['word', 'letters of a name in this order; capitals count once there is one'],
    ['a/b', 'the same for the whole path'],
    ['!word', 'without names that hold the word'],
    ['re:^lib.*so', 'a regular expression on names; with a slash, on paths'],
    ['size:>1M', 'at least so large; size:<10k at most'],
    ['kind:link', 'file, dir, link, char, block, fifo'],
    ['mode:4000 setuid', 'any of these bits; setuid, setgid, sticky, exec, world-writable'],
    ['waste', 'waste, deleted, anomaly: what has such a finding'],
  ] as const)
    entry(form, 'key', meaning);
  return rows;
}
