import { showChord } from '../keys/chord.js';
import type { Keymap } from '../keys/keymap.js';
import { CONTEXT_TITLES, type KeyContext } from '../keys/table.js';
import { padRight, type Row, seg } from './segment.js';

/** Columns of the keys. */
const KEYS = 18;

/** Returns the help: the keys of the pane first, then those that hold everywhere. */
export function helpRows(keymap: Keymap, first: KeyContext): Row[] {
  const rows: Row[] = [];
  for (const context of new Set<KeyContext>([first, 'everywhere', 'page'])) {
    if (rows.length > 0) rows.push([]);
    rows.push([seg(CONTEXT_TITLES[context], 'heading')], []);
    for (const { chords, help } of keymap.rows.filter((row) => row.context === context)) {
      const keys = chords.length === 0 ? '(no key)' : chords.map(showChord).join(' ');
      rows.push([seg(`  ${padRight(keys, KEYS)} `, 'key'), seg(help)]);
    }
  }
  rows.push([], [seg('Marks', 'heading')], []);
  for (const [sign, role, meaning] of [
    ['+', 'added', 'added by the layer, or between the two marks'],
    ['~', 'changed', 'changed: content, kind, mode, owner, time or attributes'],
    ['-', 'removed', 'removed'],
    ['!', 'waste', 'bytes of it are wasted'],
  ] as const)
    rows.push([seg(`  ${padRight(sign, KEYS)} `, role), seg(meaning)]);
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
    rows.push([seg(`  ${padRight(form, KEYS)} `, 'key'), seg(meaning)]);
  return rows;
}
