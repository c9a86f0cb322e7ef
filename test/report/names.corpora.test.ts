import { beforeAll, describe, expect, test } from 'vitest';
import { decodeName } from '../../src/model/name.js';
import { createPalette } from '../../src/report/colour.js';
import { formatError } from '../../src/report/error.js';
import { escapeForTerminal, unescapeName } from '../../src/report/escape.js';
import { jsonText, nameJson } from '../../src/report/json.js';
import { formatTable } from '../../src/report/table.js';
import { treeGlyphs, treeLines } from '../../src/report/tree.js';
import { StrataError } from '../../src/model/error.js';
import { hostileNames } from '../helpers/hostile-names.js';

const CONTROL = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufe0f\ufeff]/u;
const plain = createPalette(0);

describe('hostile names of the corpus', () => {
  let names: string[] = [];
  beforeAll(async () => {
    names = await hostileNames();
  });

  test('there are at least 85 kinds of them', () => {
    expect(names.length).toBeGreaterThanOrEqual(85);
  });

  test('every way out (bare, table, tree, error line, JSON) is free of their control and invisible characters', () => {
    for (const name of names) {
      const shown = [
        escapeForTerminal(name),
        ...formatTable([{ header: 'PATH' }, { header: 'X' }], [[name, name]], {
          header: plain.dim,
          terminalWidth: 60,
        }),
        ...treeLines(name, { label: (node) => [node], children: () => [] }, treeGlyphs(true)),
        ...formatError(new StrataError('E_NOT_FOUND', `reading ${name}: no`, { hint: name }), {
          palette: plain,
        }).split('\n'),
        jsonText({ ...nameJson(name), other: name, map: new Map([[name, 1]]) }),
      ];
      for (const line of shown) expect(line).not.toMatch(CONTROL);
    }
  });

  test('escaped names are all different and decode to themselves', () => {
    expect(new Set(names.map((name) => escapeForTerminal(name))).size).toBe(names.length);
    for (const name of names) expect(unescapeName(escapeForTerminal(name))).toBe(name);
  });

  test('JSON gives every name back exactly', () => {
    for (const name of names) {
      const parsed = JSON.parse(jsonText(nameJson(name))) as { path: string; pathBytes?: { bytes: string } };
      const back =
        parsed.pathBytes === undefined
          ? parsed.path
          : decodeName(Buffer.from(parsed.pathBytes.bytes, 'base64'));
      expect(back).toBe(name);
    }
  });
});
