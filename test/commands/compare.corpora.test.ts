import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import Deleted from '../../src/commands/deleted.js';
import Diff from '../../src/commands/diff.js';
import Waste from '../../src/commands/waste.js';
import { useNamedCanary } from '../helpers/canary.js';
import { schemaErrors } from '../helpers/json-schema.js';
import { CONTROL, useFolder } from '../helpers/look.js';
import { type Ended, runCommand } from '../helpers/run-command.js';
import { hostileCases, otherCases } from './verify-cases.js';

/*
 * Hostile and odd images: what compares never crashes, ends with an error of its own or with valid output, and lets
 * nothing through that moves a terminal.
 */

const folder = useFolder();
useNamedCanary();

/** What is wrong with how a command ended on hostile input; nothing when all is well. */
function wrongs(schema: string, { status, stdout, stderr }: Ended): string[] {
  const value = JSON.parse(stdout) as { error?: { code: string } };
  const failed = value.error !== undefined;
  return [
    ...(failed ? [] : schemaErrors(schema, value)),
    ...(CONTROL.test(stdout + stderr) ? ['a control character'] : []),
    ...(value.error?.code === 'E_INTERNAL' ? ['E_INTERNAL'] : []),
    ...((failed ? [2, 3, 4] : [0]).includes(status) ? [] : [`exit ${String(status)}`]),
  ];
}

test.each(['images', 'layers', 'streams', 'others'] as const)(
  'diff, waste and deleted of hostile %s',
  async (kind) => {
    const packed = mkdtempSync(path.join(folder(), 'packed-'));
    const cases = kind === 'others' ? otherCases() : hostileCases(kind, packed);
    // That a bomb ends at the default limit, after 4 GiB, is seen where streams are read and verified.
    const limits = kind === 'streams' ? ['--limit', 'layerBytes=1GiB'] : [];
    const bad: unknown[] = [];
    let read = 0;
    let before: string | undefined;
    const run = async (
      schema: string,
      command: typeof Diff | typeof Waste | typeof Deleted,
      ...argv: string[]
    ) => {
      const ended = await runCommand(command, [...argv, ...limits, '--json', '-q']);
      const found = wrongs(schema, ended);
      if (found.length > 0) bad.push([argv[0], schema, ...found.slice(0, 3)]);
      return ended.status === 0;
    };
    for (const { image } of cases) {
      // What cannot be read ends all three in the same way; a bomb takes its time to be found.
      if (!(await run('waste.json', Waste, image, '--dive-compat'))) continue;
      read += 1;
      await run('deleted.json', Deleted, image);
      await run('diff.json', Diff, before ?? image, image, '--semantic', '--content');
      before = image;
    }
    expect(bad).toEqual([]);
    expect(read).toBeGreaterThan(cases.length / 5);
  },
  900_000,
);

test('the gate: JUnit that its schema accepts, whatever the image is called and holds', async () => {
  const packed = mkdtempSync(path.join(folder(), 'packed-'));
  const schema = path.join(import.meta.dirname, '../schema/junit.xsd');
  let judged = 0;
  for (const { image } of hostileCases('layers', packed).slice(0, 60)) {
    const junit = path.join(folder(), 'junit.xml');
    const { status, stdout } = await runCommand(Waste, [image, '--check', '--junit', junit, '-q']);
    expect(stdout).not.toMatch(CONTROL);
    if (status > 1) continue;
    execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, junit], { stdio: 'pipe' });
    judged += 1;
  }
  expect(judged).toBeGreaterThan(10);
}, 300_000);
