/** `npm run bench -- ARGUMENTS`: set-up, then bench/run.ts. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', path.join(ROOT, 'bench/run.ts'), ...process.argv.slice(2)],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exit(status ?? 1);
