import { expect, test } from 'vitest';
import { textWidth } from '../../src/report/width.js';
import { createKeymap } from '../../src/tui/keys/keymap.js';
import { startFrame } from '../../src/tui/start/start-frame.js';
import {
  clickedRow,
  pressed,
  resizedList,
  type StartList,
  startList,
} from '../../src/tui/start/start-list.js';
import { CONTROL } from '../helpers/look.js';

const ROWS = Array.from({ length: 40 }, (_, i) => ({
  name: i === 3 ? 'odd\x1b[2J\u202e日本:1' : `app:${String(i)}`,
  image: `store:app:${String(i)}`,
  layers: i === 5 ? undefined : i,
  stored: i * 1000,
  platform: 'linux/amd64',
  created: undefined,
}));
const first = startList(ROWS, { width: 60, height: 15 }, createKeymap());

function after(list: StartList, ...keys: string[]): StartList {
  return keys.reduce((before, key) => {
    const next = pressed(before, key, key.length === 1 ? key : undefined);
    expect(next.kind).toBe('on');
    return next.kind === 'on' ? next.list : before;
  }, list);
}

test('the cursor stays among the rows and is seen; Enter and a second click explore', () => {
  expect(after(first, 'k', 'Up').cursor).toBe(0);
  const last = after(first, 'G', 'j');
  expect([last.cursor, last.top]).toEqual([39, 30]);
  expect(pressed(last, 'Enter', undefined)).toEqual({ kind: 'explore', image: 'store:app:39' });
  const small = resizedList(last, { width: 40, height: 8 });
  expect([small.cursor, small.top]).toEqual([39, 37]);
  const clicked = clickedRow(first, 4);
  expect(clicked).toMatchObject({ kind: 'on', list: { cursor: 2 } });
  expect(clicked.kind === 'on' && clickedRow(clicked.list, 4)).toEqual({
    kind: 'explore',
    image: 'store:app:2',
  });
  for (const y of [0, 1, 12, 14]) expect(clickedRow(first, y)).toEqual({ kind: 'on', list: first });
});

test('/ narrows as one types, Esc shows all, then leaves; so does q', () => {
  const narrow = after(first, '/', 'P', ':', '3');
  expect(narrow.seen.map(({ name }) => name)).toEqual(ROWS.slice(30).map(({ name }) => name));
  const kept = after(narrow, 'Enter', 'j');
  expect(pressed(kept, 'Enter', undefined)).toEqual({ kind: 'explore', image: 'store:app:31' });
  expect(after(kept, 'Esc').seen).toHaveLength(40);
  const none = after(first, '/', '~', 'Enter');
  expect(after(none, 'Enter', 'j', 'G')).toMatchObject({ seen: [], cursor: 0, top: 0 });
  for (const key of ['Esc', 'q', 'C-c']) expect(pressed(first, key, undefined)).toEqual({ kind: 'left' });
});

test('any name, none and any size take exactly the rows and columns there are', () => {
  const empty = startList([], { width: 60, height: 15 }, createKeymap());
  const hostile = startList(
    ROWS.slice(0, 2),
    { width: 60, height: 15 },
    createKeymap(),
    'two\x1b[2J\u202e日本.tar',
  );
  for (const list of [first, empty, after(first, '/', 'x', 'y'), after(first, 'G'), hostile])
    for (const [width, height] of [
      [110, 30],
      [40, 12],
      [20, 6],
      [1, 1],
    ]) {
      const { rows } = startFrame(resizedList(list, { width, height }), 0n);
      const lines = rows.map((row) => row.map(({ text }) => text).join(''));
      expect(lines.map(textWidth)).toEqual(Array.from({ length: height }, () => width));
      expect(lines.join('')).not.toMatch(CONTROL);
    }
  const text = startFrame(empty, 0n)
    .rows.flat()
    .map(({ text: one }) => one)
    .join('');
  expect(text).toMatch(/no image yet.*strata explore IMAGE.*strata copy IMAGE store:NAME/);
});
