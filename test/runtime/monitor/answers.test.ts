import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { answersOf } from '../../../src/runtime/monitor/answers.js';

function conmon() {
  const [sync, errors] = [new PassThrough(), new PassThrough()];
  return { sync, errors, next: answersOf(sync, errors) };
}

test('each line is an answer, whatever its pieces, and whatever else conmon says', async () => {
  const { sync, errors, next } = conmon();
  errors.write('{"data": 9}\n[conmon:e]: no newline');
  sync.write('{"da');
  sync.write('ta": 42}\n{"data": 0}\n{"data": -1, "message": "no {\\"data\\": 7}\\n"}');
  sync.write('\n');
  expect([await next(), await next(), await next()]).toEqual([
    { data: 42, message: '' },
    { data: 0, message: '' },
    { data: -1, message: 'no {"data": 7}\n' },
  ]);
});

test.each(['', '{"data": -1}\n', 'half a li', 'no JSON\n'])(
  'without a message it is what the standard error says, also what comes later: %j',
  async (line) => {
    const { sync, errors, next } = conmon();
    const answer = next();
    sync.end(line);
    errors.write('[conmon:e]: it ');
    await new Promise(setImmediate);
    errors.end('failed');
    expect(await answer).toEqual({ data: -1, message: '[conmon:e]: it failed' });
  },
);

test('that one ended without a word is said, also when it broke the pipe', async () => {
  const { sync, errors, next } = conmon();
  const none = { data: -1, message: 'conmon ended without a word' };
  sync.destroy(new Error('ECONNRESET'));
  errors.destroy(new Error('ECONNRESET'));
  expect([await next(), await next()]).toEqual([none, none]);
});
