/** `npm run faults [-- --kills 200 --seed 1]`: see kills.ts. Needs root, crun and conmon. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { killRandomly } from './kills.js';

const argv = process.argv.slice(2);
const valueOf = (flag: string, otherwise: number): number =>
  argv.includes(flag) ? Number(argv[argv.indexOf(flag) + 1]) : otherwise;
const kills = valueOf('--kills', 200);
const seed = valueOf('--seed', 1);

// Not the folder for temporary files: that is in memory on some machines.
const folder = await mkdtemp(path.join('/var/tmp', 'strata-faults-'));
process.env.STRATA_STORE = path.join(folder, 'store');
let bad = 0;
try {
  for await (const { what, problems } of killRandomly(folder, { kills, seed })) {
    process.stdout.write(`${problems.length === 0 ? 'ok' : 'NOT OK'} ${what}\n`);
    for (const problem of problems) process.stdout.write(`    ${problem}\n`);
    if (problems.length > 0) bad += 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${String(kills)} kills with the seed ${String(seed)}: ${String(bad)} with problems\n`);
process.exitCode = bad === 0 ? 0 : 1;
