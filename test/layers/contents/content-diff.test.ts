import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { tool } from '../../helpers/tool.js';
import { diffContents, formatUnified, type ContentDiff } from '../../../src/layers/contents/content-diff.js';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-content-diff-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string, encoding: BufferEncoding = 'utf8'): Buffer => Buffer.from(text, encoding);

function text(diff: ContentDiff): Extract<ContentDiff, { kind: 'text' }> {
  if (diff.kind !== 'text') throw new Error(`not a text difference but ${diff.kind}`);
  return diff;
}

/** What `patch` makes of `before` with our unified diff. */
async function patched(
  before: Buffer,
  diff: ContentDiff,
  encoding: BufferEncoding = 'utf8',
): Promise<Buffer> {
  const [file, change] = [path.join(folder, 'file'), path.join(folder, 'change')];
  writeFileSync(file, before);
  writeFileSync(change, Buffer.from(formatUnified(text(diff).hunks, 'file', 'file'), encoding));
  await tool('patch', [
    '--silent',
    '--binary',
    '--no-backup-if-mismatch',
    '--fuzz=0',
    '--input',
    change,
    file,
  ]);
  return readFileSync(file);
}

async function gnuDiff(before: Buffer, after: Buffer): Promise<string> {
  writeFileSync(path.join(folder, 'a'), before);
  writeFileSync(path.join(folder, 'b'), after);
  return tool('bash', ['-c', 'diff -u --minimal --label a --label b a b || test $? = 1'], { cwd: folder });
}

const line = fc.constantFrom(
  '',
  'a',
  'b',
  'c\r',
  '\u2028é',
  '-',
  '+',
  '\\ No newline',
  '\ta',
  '@@ -1 +1 @@',
  'a\rb',
);
const lines = fc
  .array(line, { minLength: 1, maxLength: 14 })
  .chain((all) => fc.constantFrom(all.join('\n'), `${all.join('\n')}\n`));

describe('diffContents', () => {
  it('gives what patch turns into the new content, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lines, fc.integer({ min: 0, max: 4 }), async (a, b, context) => {
        fc.pre(a !== b && a !== '' && b !== '');
        const diff = diffContents(bytes(a), bytes(b), { context });
        expect((await patched(bytes(a), diff)).toString()).toBe(b);
      }),
      { numRuns: 150 },
    );
  });

  it('changes as few lines as GNU diff --minimal', async () => {
    await fc.assert(
      fc.asyncProperty(lines, lines, async (a, b) => {
        fc.pre(a !== b);
        const diff = text(diffContents(bytes(a), bytes(b)));
        const theirs = (await gnuDiff(bytes(a), bytes(b))).split('\n').slice(2);
        expect(diff.added).toBe(theirs.filter((each) => each.startsWith('+')).length);
        expect(diff.removed).toBe(theirs.filter((each) => each.startsWith('-')).length);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a line in the middle', 'a\nb\nc\nd\ne\nf\ng\nh\ni\n', 'a\nb\nc\nd\nE\nf\ng\nh\ni\n'],
    ['no newline at the end', 'a\nb', 'a\nb\n'],
    ['line ends of DOS', 'a\r\nb\r\n', 'a\r\nc\r\n'],
    ['two hunks', `x\n${'a\n'.repeat(20)}y\n`, `X\n${'a\n'.repeat(20)}Y\n`],
    ['an empty old file', '', 'a\nb\n'],
    ['an empty new file', 'a\n', ''],
  ])('prints %s as diff -u does', async (_, a, b) => {
    expect(formatUnified(text(diffContents(bytes(a), bytes(b))).hunks, 'a', 'b')).toBe(
      await gnuDiff(bytes(a), bytes(b)),
    );
  });

  it('tells of equal and absent contents', () => {
    expect(diffContents(bytes('a'), bytes('a'))).toEqual({ kind: 'same' });
    expect(diffContents(undefined, undefined)).toEqual({ kind: 'same' });
    const added = text(diffContents(undefined, bytes('a\nb\n')));
    expect(added).toMatchObject({ added: 2, removed: 0, encodings: [undefined, 'utf-8'] });
    expect(formatUnified(added.hunks, undefined, '/x y')).toBe(
      '--- /dev/null\n+++ "/x y"\n@@ -0,0 +1,2 @@\n+a\n+b\n',
    );
    expect(text(diffContents(bytes('a'), undefined))).toMatchObject({ added: 0, removed: 1 });
    expect(text(diffContents(undefined, bytes('')))).toMatchObject({ hunks: [], added: 0, removed: 0 });
  });

  it('says how the bytes were read', async () => {
    const utf16 = Buffer.concat([Buffer.of(0xff, 0xfe), bytes('ä\nb\n', 'utf16le')]);
    const swapped = Buffer.from(utf16).swap16();
    expect(text(diffContents(utf16, bytes('ä\nc\n'))).encodings).toEqual(['utf-16le', 'utf-8']);
    expect(text(diffContents(swapped, bytes('ä\nb\n')))).toMatchObject({
      hunks: [],
      encodings: ['utf-16be', 'utf-8'],
    });
    const latin = diffContents(bytes('\xe4\nb\n', 'latin1'), bytes('\xe4\nc\n', 'latin1'));
    expect(text(latin).encodings).toEqual(['latin-1', 'latin-1']);
    expect((await patched(bytes('\xe4\nb\n', 'latin1'), latin, 'latin1')).toString('latin1')).toBe(
      '\xe4\nc\n',
    );
  });

  it('shows that a byte order mark came or went', () => {
    const diff = text(diffContents(bytes('a\n'), bytes('\ufeffa\n')));
    expect(diff).toMatchObject({ added: 1, removed: 1 });
  });

  it.each([
    ['a NUL byte', Buffer.of(0x61, 0, 0x62)],
    ['many control characters', Buffer.of(1, 2, 3, 4, 0x61)],
    ['bytes that no text encoding has', Buffer.of(0x61, 0x81, 0xff)],
  ])('takes %s for binary and gives the first difference', (_, after) => {
    expect(diffContents(Buffer.of(0x61), after)).toMatchObject({ kind: 'binary', sizes: [1, after.length] });
    expect(diffContents(Buffer.of(0x61, 0, 1), Buffer.of(0x61, 0, 2, 3))).toMatchObject({
      kind: 'binary',
      firstDifference: 2,
    });
  });

  it('stops at the cap on bytes and says so', () => {
    const diff = diffContents(bytes('aaaa'), bytes('aaab'), { maxBytes: 3 });
    expect(diff).toMatchObject({
      kind: 'capped',
      firstDifference: 3,
      note: 'stopped at cap: 4 bytes are more than 3',
    });
  });

  it.each([
    ['edits', { maxEdits: 3 }],
    ['lines', { maxLines: 5 }],
    ['time', { timeout: 0 }],
  ])('stops at the cap on %s with a difference that patch still applies', async (_, caps) => {
    await fc.assert(
      fc.asyncProperty(lines, lines, async (head, tail) => {
        const a = `${head}\n1\n2\n3\n4\n5\n${tail}`;
        const b = `${head}\n6\n2\n7\n4\n8\n9\n${tail}`;
        const diff = text(diffContents(bytes(a), bytes(b), caps));
        if (!('timeout' in caps)) expect(diff.stopped).toMatch(/^stopped at cap: /);
        expect(diff.added).toBeLessThanOrEqual(6);
        expect((await patched(bytes(a), diff)).toString()).toBe(b);
      }),
      { numRuns: 30 },
    );
  });

  it('ends within the caps for two large files without a common line', () => {
    const file = (letter: string): Buffer =>
      bytes(Array.from({ length: 60_000 }, (_, i) => `${letter}${String(i)}\n`).join(''));
    const diff = text(diffContents(file('a'), file('b'), { maxEdits: 500 }));
    expect(diff).toMatchObject({ added: 60_000, removed: 60_000 });
    expect(diff.stopped).toBeDefined();
  });
});

describe('diffContents of texts of 4 million lines', () => {
  // 60 MB: too many bytes by default, too many lines whatever the caller asks for.
  const text4M = (word: string): Buffer => Buffer.from(`a line ${word}\n`.repeat(4_000_000));
  const raised = { maxBytes: 2 ** 40, maxLines: 2 ** 40, maxEdits: 2 ** 40 };

  it('stops at the cap on bytes', () => {
    const diff = diffContents(text4M('before'), text4M('after!'));
    expect(diff).toMatchObject({
      kind: 'capped',
      firstDifference: 7,
      note: 'stopped at cap: 56000000 bytes are more than 8388608',
    });
  });

  it('stops at the cap on lines when the others are raised', () => {
    const diff = diffContents(text4M('before'), text4M('after!'), raised);
    expect(diff).toMatchObject({
      kind: 'capped',
      note: 'stopped at cap: 8000000 lines are more than 1000000',
    });
  });

  it('shows the part that differs where that is small, and says that it stopped', () => {
    const before = text4M('before');
    const after = Buffer.from(before);
    after.write('X', 14 * 2_000_000);
    const diff = text(diffContents(before, after, { maxBytes: 2 ** 40 }));
    expect(diff.stopped).toBe('stopped at cap: 8000000 lines are more than 400000');
    expect(formatUnified(diff.hunks, 'a', 'b').split('\n').slice(2, 8)).toEqual([
      '@@ -1999998,7 +1999998,7 @@',
      ' a line before',
      ' a line before',
      ' a line before',
      '-a line before',
      '+X line before',
    ]);
  });

  it('stops at the cap on bytes that no caller raises', () => {
    const diff = diffContents(Buffer.alloc(257 * 1024 * 1024, 97), Buffer.of(98), raised);
    expect(diff).toMatchObject({
      kind: 'capped',
      note: expect.stringMatching(/more than 268435456$/) as string,
    });
  });
});

describe('formatUnified', () => {
  it('quotes names so that none can begin a line of its own', () => {
    const hunks = text(diffContents(bytes('a\n'), bytes('b\n'))).hunks;
    expect(formatUnified(hunks, '/a\n+++ /etc/shadow', '/"\\').split('\n').slice(0, 2)).toEqual([
      '--- "/a\\012+++ /etc/shadow"',
      '+++ "/\\"\\\\"',
    ]);
  });
});
