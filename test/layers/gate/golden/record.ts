/**
 * Runs dive v0.13.1 on the images of images.ts and writes what it said into recorded.json:
 * `GOBIN=DIR go install github.com/wagoodman/dive@v0.13.1`, then `node --import tsx test/layers/gate/golden/record.ts DIR/dive`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chanceArchive, SEEDS, WHOLE } from './images.js';

const [dive = 'dive'] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'strata-dive-'));
const options = { cwd: folder, env: { ...process.env, HOME: folder, CI: '' }, encoding: 'utf8' } as const;
const recorded = [];
for (const seed of SEEDS) {
  const archive = path.join(folder, 'image.tar');
  const json = path.join(folder, 'image.json');
  rmSync(json, { force: true });
  writeFileSync(archive, await chanceArchive(seed));
  execFileSync(dive, ['docker-archive://image.tar', '--json', json], options);
  const { stdout, status } = spawnSync(dive, ['docker-archive://image.tar', '--ci'], options);
  const bytes = readFileSync(json);
  if (seed === WHOLE) writeFileSync(path.join(import.meta.dirname, 'whole.golden'), bytes);
  recorded.push({
    seed,
    status,
    json: createHash('sha256').update(bytes).digest('hex'),
    // Without colours, and from the first number on.
    report: stdout.replace(/\u001b\[[0-9;]*m/gu, '').replace(/^[^]*?(?= {2}efficiency)/u, ''),
  });
}
rmSync(folder, { recursive: true });
writeFileSync(path.join(import.meta.dirname, 'recorded.json'), `${JSON.stringify(recorded, null, 2)}\n`);
