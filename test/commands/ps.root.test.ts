import { rmSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import Ps from '../../src/commands/ps.js';
import Rm from '../../src/commands/rm.js';
import { pauseContainer, resumeContainer } from '../../src/runtime/engine/engine.js';
import { findEngine } from '../../src/runtime/engine/find-engine.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { monitorOf, runScript, startScript, strata, testRunFolder } from '../helpers/run-container.js';
import { needRoot } from '../helpers/tool.js';

/* What a container is doing is what the machine says, whatever was killed and wherever it went down. */

useFolder();
beforeAll(needRoot);
afterEach(async () => {
  const { stdout } = await runCommand(Ps, ['-aq']);
  if (stdout !== '') await runCommand(Rm, ['-f', ...linesOf(stdout)]);
});

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly command: readonly string[];
  readonly status: string;
  readonly pid: number | null;
  readonly started: string | null;
  readonly exit: { readonly status: number; readonly oom: boolean } | null;
}

async function ps(...argv: string[]): Promise<readonly Shown[]> {
  const ended = await runCommand(Ps, [...argv, '--json']);
  return (validJson('ps.json', ended) as { containers: Shown[] }).containers;
}

const only = async (): Promise<Shown> => {
  const all = await ps('-a');
  expect(all).toHaveLength(1);
  return all[0];
};

const until = async (status: string): Promise<Shown> => {
  for (let tries = 0; tries < 200; tries++) {
    const shown = await only();
    if (shown.status === status) return shown;
  }
  throw new Error(`it never came to be ${status}`);
};

describe('what is listed', () => {
  test('nothing where there is none', async () => {
    expect(await ps('-a')).toEqual([]);
    expect((await runCommand(Ps, [])).stdout).toBe('ID  IMAGE  COMMAND  CREATED  STATUS  NAME\n');
  });

  test('those that run, or all, the latest first', async () => {
    expect(runScript('first', `${DEMO}@5`, 'exit 7')).toBe(7);
    await startScript('second', DEMO, 'true');
    expect((await ps()).map(({ name }) => name)).toEqual(['second']);
    const all = await ps('-a');
    expect(all.map(({ name, status }) => [name, status])).toEqual([
      ['second', 'running'],
      ['first', 'exited'],
    ]);
    expect(all[1].exit).toMatchObject({ status: 7, oom: false });
    expect(all[1].command).toEqual(['/bin/sh', '-c', 'exit 7']);
    const [, second, first] = linesOf((await runCommand(Ps, ['-a'])).stdout);
    expect(second).toMatch(/^[0-9a-f]{12} .*demo\.tar@12 .* Up .* second$/);
    expect(first).toMatch(/^[0-9a-f]{12} .*demo\.tar@5 .* Exited \(7\) .*(?:ago|now) +first$/);
    expect((await runCommand(Ps, ['-aq'])).stdout).toBe(all.map(({ id }) => `${id.slice(0, 12)}\n`).join(''));
    expect((await runCommand(Ps, ['-aq', '--no-trunc'])).stdout).toBe(
      all.map(({ id }) => `${id}\n`).join(''),
    );
  });

  test('a paused container', async () => {
    await startScript('still', DEMO, 'true');
    const engine = { ...findEngine(), stateFolder: testRunFolder().engine };
    const { id } = await only();
    await pauseContainer(engine, id);
    expect(await ps()).toMatchObject([{ status: 'paused' }]);
    await resumeContainer(engine, id);
    expect(await ps()).toMatchObject([{ status: 'running' }]);
  });

  test('not one that was run with --rm and has ended', async () => {
    expect(runScript('short', DEMO, 'exit 3', '--rm')).toBe(3);
    expect(await ps('-a')).toEqual([]);
  });

  test('a command with control characters is one line', async () => {
    runScript('odd', DEMO, 'true # \n\x1b[31m');
    expect(linesOf((await runCommand(Ps, ['-a', '--no-trunc'])).stdout)).toHaveLength(2);
  });
});

describe('what is killed', () => {
  test('strata run: the container runs on, and how it ends is known and kept', async () => {
    const { child, ended } = await startScript('alone', DEMO, 'true');
    child.kill('SIGKILL');
    expect(await ended).toBe(-1);
    const { pid, started } = await only();
    expect(Date.parse(started ?? '')).toBeGreaterThan(Date.now() - 60_000);
    process.kill(pid ?? 0, 'SIGKILL');
    expect(await until('exited')).toMatchObject({ exit: { status: 137 } });
    rmSync(testRunFolder().root, { recursive: true });
    expect(await only()).toMatchObject({ status: 'exited', exit: { status: 137 } });
  });

  test('all that knew of it: it has ended, nobody knows how', async () => {
    const { child, ended } = await startScript('lost', DEMO, 'true');
    const { id, pid } = await only();
    child.kill('SIGKILL');
    await ended;
    process.kill(monitorOf(id), 'SIGKILL');
    process.kill(pid ?? 0, 'SIGKILL');
    expect(await until('exited')).toMatchObject({ exit: null, pid: null });
    expect(linesOf((await runCommand(Ps, ['-a'])).stdout)[1]).toMatch(/ Exited +lost$/);
  });

  test('the machine: what ran has ended, and what had ended did so as it did', async () => {
    runScript('before', DEMO, 'exit 4');
    const { child, ended } = await startScript('at-work', DEMO, 'true');
    const [{ id, pid }] = await ps();
    child.kill('SIGKILL');
    await ended;
    process.kill(monitorOf(id), 'SIGKILL');
    process.kill(pid ?? 0, 'SIGKILL');
    rmSync(testRunFolder().root, { recursive: true });
    const all = await ps('-a');
    expect(all.map(({ name, status, exit }) => [name, status, exit?.status])).toEqual([
      ['at-work', 'exited', undefined],
      ['before', 'exited', 4],
    ]);
    expect(strata('rm', 'at-work', 'before').status).toBe(0);
  });
});
