import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { expect, test } from 'vitest';

const MODULE = pathToFileURL(path.resolve('dist/commands/program/own-process.js')).href;

/** A process that lends its terminal to one that says its number and stays, and crashes when it is told to. */
const LENDER = `
const { lendTerminal } = await import(${JSON.stringify(MODULE)});
process.once('SIGUSR2', () => { throw new Error('broken'); });
const stays = 'console.log(process.pid); setInterval(() => undefined, 1000)';
await lendTerminal([], { program: [process.execPath, '-e', stays], env: process.env });
`;

test('who has a lent terminal ends when the one that lent it crashes', async () => {
  const lender = spawn(process.execPath, ['--input-type=module', '-e', LENDER], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [said] = (await once(lender.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  lender.kill('SIGUSR2');
  await once(lender, 'exit');
  for (let i = 0; i < 200 && isAlive(pid); i++) await sleep(25);
  expect(isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
