import { expect, test } from 'vitest';
import { parseDigest } from '../../src/model/digest.js';
import { resolveSnapshot, splitSnapshot } from '../../src/model/snapshot.js';

const digest = (start: string): ReturnType<typeof parseDigest> =>
  parseDigest(`sha256:${start.padEnd(64, '0')}`);
const layers = [
  { digest: digest('ab12'), diffID: digest('11') },
  { digest: undefined, diffID: digest('ab13') },
  { digest: digest('cd'), diffID: undefined },
];

test.each([
  [undefined, 3],
  [1, 1],
  [3, 3],
  [-1, 3],
  [-3, 1],
])('of three layers @%s is %s', (given, position) => {
  expect(resolveSnapshot(layers, given === undefined ? undefined : { kind: 'number', number: given })).toBe(
    position,
  );
});

test.each([4, -4, 999_999_999])(
  'of three layers @%s is out of range, and the message says 1 to 3',
  (given) => {
    expect(() => resolveSnapshot(layers, { kind: 'number', number: given })).toThrow(
      expect.objectContaining({
        code: 'E_SNAPSHOT_RANGE',
        message: expect.stringContaining('layers 1 to 3') as string,
      }) as Error,
    );
  },
);

test('before the first layer there is the empty one', () => {
  const zero = { kind: 'number', number: 0 } as const;
  expect(resolveSnapshot(layers, zero)).toBe(0);
  expect(resolveSnapshot([], zero)).toBe(0);
});

test('a digest prefix means the layer whose blob or plain tar has it', () => {
  const at = (prefix: string): number => resolveSnapshot(layers, { kind: 'digest', prefix });
  expect(at('sha256:ab12')).toBe(1);
  expect(at('sha256:11')).toBe(1);
  expect(at('sha256:ab13')).toBe(2);
  expect(at('sha256:c')).toBe(3);
  expect(() => at('sha256:ab1')).toThrow(expect.objectContaining({ code: 'E_AMBIGUOUS' }) as Error);
  expect(() => at('sha256:ee')).toThrow(expect.objectContaining({ code: 'E_SNAPSHOT_RANGE' }) as Error);
});

test('an image without layers has no snapshot to name, but is one itself', () => {
  expect(resolveSnapshot([], undefined)).toBe(0);
  expect(() => resolveSnapshot([], { kind: 'number', number: 1 })).toThrow('no layers');
});

test.each([
  'app.tar',
  'app.tar@',
  'app.tar@x',
  'app.tar@ab12',
  'app.tar:@1',
  '@1',
  'a@1b',
  'a@sha256:',
  'a@1234567890',
])('%s has no snapshot suffix', (text) => {
  expect(splitSnapshot(text)).toBeUndefined();
});
