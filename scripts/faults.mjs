/** `npm run faults -- ARGUMENTS`: set-up, then test/runtime/faults/main.ts. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', path.join(ROOT, 'test/runtime/faults/main.ts'), ...process.argv.slice(2)],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exit(status ?? 1);
