import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeName } from '../../src/model/name.js';
import { envelope, jsonList, jsonText, namedJson, nameJson, sortedObject } from '../../src/report/json.js';

describe('nameJson', () => {
  test('UTF-8 names are text; others have printable text and their bytes beside it', () => {
    expect(nameJson('/a\x1bé')).toEqual({ path: '/a\x1bé' });
    expect(nameJson(decodeName(Buffer.from('x\xff', 'latin1')))).toEqual({
      path: 'x\\xff',
      pathBytes: { bytes: 'eP8=' },
    });
    expect(nameJson('\udcfe', 'link')).toEqual({ link: '\\xfe', linkBytes: { bytes: '/g==' } });
  });

  test('namedJson puts the name before the other fields', () => {
    expect(jsonText(namedJson('\udcff', { size: 1 }))).toBe(
      '{"path":"\\\\xff","pathBytes":{"bytes":"/w=="},"size":1}',
    );
  });

  test('any bytes come back from it exactly', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const json = JSON.parse(jsonText(nameJson(decodeName(bytes)))) as {
          path: string;
          pathBytes?: { bytes: string };
        };
        const back =
          json.pathBytes === undefined
            ? Buffer.from(json.path, 'utf8')
            : Buffer.from(json.pathBytes.bytes, 'base64');
        expect(back.equals(bytes)).toBe(true);
      }),
    );
  });
});

describe('jsonText', () => {
  test('is the same value for any JSON reader, and safe for any terminal', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (object) => {
        const text = jsonText(object);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
        expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\p{Cf}\p{Cn}\p{Co}]/u);
      }),
    );
    expect(jsonText('\u009b\u{e0041}é')).toBe('"\\u009b\\udb40\\udc41é"');
  });

  test('Maps are objects sorted by key, in which __proto__ is a key like others', () => {
    const map = new Map<string, unknown>([
      ['b', 1],
      ['__proto__', { polluted: true }],
      ['a', 2],
    ]);
    expect(jsonText(map)).toBe('{"__proto__":{"polluted":true},"a":2,"b":1}');
    expect(Object.getPrototypeOf(sortedObject(map))).toBeNull();
  });

  test('bigints are numbers while exact, bytes are base64, names that are not UTF-8 are escaped', () => {
    expect(
      jsonText([1n, 2n ** 60n, Buffer.from([255]).subarray(0), new Set(['x']), '\udcff', undefined]),
    ).toBe(`[1,"${2n ** 60n}",{"bytes":"/w=="},["x"],"\\\\xff",null]`);
    expect(jsonText(Uint8Array.of(1, 2, 3).subarray(1))).toBe('{"bytes":"AgM="}');
  });

  test('every object says its schema version first', () => {
    expect(jsonText(envelope({ a: 1 }))).toBe('{"schemaVersion":1,"a":1}');
  });
});

describe('jsonList', () => {
  test('the parts together are one object, for none, one and many items', () => {
    for (const count of [0, 1, 3]) {
      const items = Array.from({ length: count }, (_, i) => ({ i }));
      const text = [...jsonList({ image: 'x' }, 'entries', items, () => ({ total: count }))].join('');
      expect(JSON.parse(text)).toEqual({ schemaVersion: 1, image: 'x', entries: items, total: count });
      expect(JSON.parse([...jsonList({}, 'entries', items)].join(''))).toEqual({
        schemaVersion: 1,
        entries: items,
      });
    }
  });

  test('an item is read only when its part is', () => {
    let read = 0;
    const parts = jsonList(
      {},
      'n',
      (function* () {
        for (;;) yield ++read;
      })(),
    );
    parts.next();
    expect(read).toBe(0);
    parts.next();
    expect(read).toBe(1);
  });
});
