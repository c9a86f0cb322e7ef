import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeName, encodeName } from '../../../src/model/name.js';
import { type PatchFile, patchOf } from '../../../src/layers/contents/patch.js';
import { tool } from '../../helpers/tool.js';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-patch-'));
const root = path.join(folder, 'root');
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string, mode = 0o644, encoding: BufferEncoding = 'utf8'): PatchFile => ({
  bytes: Buffer.from(text, encoding),
  mode,
});

type Tree = ReadonlyMap<string, PatchFile>;

function pathOf(name: string): Buffer {
  return Buffer.concat([Buffer.from(root), encodeName(name)]);
}

function write(tree: Tree): void {
  for (const [name, { bytes, mode }] of tree) {
    const slash = name.lastIndexOf('/');
    if (slash > 0) mkdirSync(pathOf(name.slice(0, slash)), { recursive: true });
    writeFileSync(pathOf(name), bytes);
    chmodSync(pathOf(name), mode);
  }
}

function read(): Map<string, { text: string; mode: number }> {
  const found = new Map<string, { text: string; mode: number }>();
  const walk = (name: string): void => {
    for (const entry of readdirSync(pathOf(name), { encoding: 'buffer' })) {
      const child = `${name}/${decodeName(entry)}`;
      const status = lstatSync(pathOf(child));
      if (status.isDirectory()) walk(child);
      else found.set(child, { text: readFileSync(pathOf(child), 'latin1'), mode: status.mode & 0o777 });
    }
  };
  walk('');
  return found;
}

function shown(tree: Tree): Map<string, { text: string; mode: number }> {
  return new Map(
    [...tree].map(([name, { bytes, mode }]) => [name, { text: Buffer.from(bytes).toString('latin1'), mode }]),
  );
}

/** Lets GNU patch make `after` of `before` and compares all of the tree. */
async function check(before: Tree, after: Tree, options = {}): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  write(before);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const sections = names.map((name) => {
    const section = patchOf(name, before.get(name), after.get(name), options);
    if (section === undefined) throw new Error(`no patch for ${name}`);
    return section;
  });
  const change = path.join(folder, 'change');
  writeFileSync(change, Buffer.concat(sections));
  // No flag answers questions: there must be none. A patch that does nothing is "only garbage" to GNU patch.
  if (sections.some((section) => section.length > 0))
    await tool('patch', ['-p1', '--silent', '--fuzz=0', '--input', change], { cwd: root });
  expect(read()).toEqual(shown(after));
}

const NAMES = [
  '/etc/a b',
  '/etc/tab\there',
  '/etc/line\nfeed',
  '/etc/"quoted" \\ back',
  '/etc/\x01\x1b[2J\x7f',
  '/etc/é\u{1f600}',
  '/etc/\udcff\udc80 no utf-8',
  '/etc/--- x',
  '/etc/a\t2024-01-01 00:00:00',
  '/-dash',
  "/it's",
  '/a/b/c/d',
  '/etc/\r',
];

describe('patchOf, as GNU patch -p1 applies it', () => {
  it.each(NAMES)('adds, changes and removes the file %j', async (name) => {
    const [one, two] = [file('1\n2\n3\n'), file('1\n3\n4\n')];
    const keep = ['/keep', file('k\n')] as const;
    await check(new Map([keep]), new Map([keep, [name, one]]));
    await check(new Map([keep, [name, one]]), new Map([keep, [name, two]]));
    await check(new Map([keep, [name, one]]), new Map([keep]));
    await check(new Map([keep, [name, file('')]]), new Map([keep]));
    await check(new Map([keep]), new Map([keep, [name, file('')]]));
  });

  it.each([
    ['an empty file comes', undefined, file('', 0o600)],
    ['an empty file goes', file('', 0o600), undefined],
    ['a file becomes empty', file('a\n'), file('')],
    ['an empty file is filled', file(''), file('a')],
    ['the mode changes', file('a\n'), file('a\n', 0o755)],
    ['the mode of an empty file changes', file(''), file('', 0o755)],
    ['mode and content change', file('a\n', 0o600), file('b\n', 0o755)],
    ['a file is read-only', file('a\n', 0o400), file('b\n', 0o400)],
    ['a final line feed comes', file('a\nb'), file('a\nb\n')],
    ['a final line feed goes', file('a\nb\n'), file('a\nb')],
    ['neither has a final line feed', file('a\nb'), file('a\nc')],
    ['lines end as in DOS', file('a\r\nb\r\n'), file('a\r\nc\r\n')],
    ['line ends change', file('a\r\nb\r\n'), file('a\nb\n')],
    ['all lines end as in DOS and go', file('a\r\nb\r'), undefined],
    ['bytes are no UTF-8', file('\xff\xfe\n\x80', 0o644, 'latin1'), file('\xff\x81\n', 0o644, 'latin1')],
    [
      'content looks like a patch',
      file('--- a/x\n+++ b/x\n@@ -1 +1 @@\n'),
      file('-- a\ndiff --git a b\n\n+++ x'),
    ],
    ['control characters change', file('\x01\x1b[2J\n\f\n'), file('\x01\x1b[3J\v\n\f\n')],
    ['nothing changes', file('a\n'), file('a\n')],
    ['only bits change that a patch has no place for', file('a\n', 0o755), file('a\n', 0o755)],
  ])('%s', async (_, before, after) => {
    const tree = (changed: PatchFile | undefined): Tree =>
      new Map([['/keep', file('k\n')], ...(changed === undefined ? [] : [['/d/f', changed] as const])]);
    await check(tree(before), tree(after));
  });

  it('applies all of them in one patch', async () => {
    const before = new Map(NAMES.map((name, i) => [name, file(`${String(i)}\nx\n`)]));
    const after = new Map(
      NAMES.flatMap((name, i) => (i % 3 === 0 ? [] : ([[name, file(`${String(i)}\ny`)]] as const))),
    );
    after.set('/new', file('', 0o755));
    await check(before, after);
  });

  it('makes any bytes without NUL into any other', async () => {
    const bytes = fc.oneof(
      fc.array(fc.constantFrom('a', 'b', '\n', '\r', '-', '+', '\\', ' ', '@@', '\xff', '--- a/f\n'), {
        maxLength: 40,
      }),
      fc.array(
        fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
        { maxLength: 40 },
      ),
    );
    const side = fc.record({
      bytes: bytes.map((all) => Buffer.from(all.join(''), 'latin1')),
      mode: fc.constantFrom(0o644, 0o755),
    });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.constantFrom({}, { maxEdits: 1 }, { context: 0 }, { maxLines: 2 }),
        async (a, b, caps) => {
          await check(new Map([['/f', a]]), new Map([['/f', b]]), caps);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is read by git apply as well', async () => {
    const [one, two] = [file('1\n2\n', 0o644), file('1\n3', 0o755)];
    const changes = [
      patchOf('/a b', one, two),
      patchOf('/gone', file(''), undefined),
      patchOf('/new\udcff', undefined, file('x\n')),
    ];
    write(
      new Map([
        ['/a b', one],
        ['/gone', file('')],
      ]),
    );
    const change = path.join(folder, 'change');
    writeFileSync(change, Buffer.concat(changes.map((each) => each ?? Buffer.of())));
    await tool('git', ['apply', change], { cwd: root });
    expect(read()).toEqual(
      shown(
        new Map([
          ['/a b', two],
          ['/new\udcff', file('x\n')],
        ]),
      ),
    );
  });
});

describe('patchOf', () => {
  it('is undefined for binary contents and beyond the caps', () => {
    expect(patchOf('/f', file('a\0'), file('b'))).toBeUndefined();
    expect(patchOf('/f', undefined, file('b\0'))).toBeUndefined();
    expect(patchOf('/f', file('a'), file('bbbb'), { maxBytes: 3 })).toBeUndefined();
    expect(patchOf('/f', file('a\n'.repeat(300_000)), file('b\n'.repeat(300_000)))).toBeUndefined();
  });

  it('is empty when a patch can say no difference', () => {
    expect(patchOf('/f', file('a', 0o4755), file('a', 0o755))).toHaveLength(0);
    expect(patchOf('/f', undefined, undefined)).toHaveLength(0);
  });
});
