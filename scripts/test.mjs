/** `npm test -- ARGUMENTS`: vitest with these arguments, after set-up and the tools that tests compare with. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT, orExit, setUp } from './setup.mjs';
import { needTestTools } from './test-tools.mjs';

orExit(() => {
  setUp();
  needTestTools();
});

// No test speaks to the network, and each Node that is started reads them before anything else.
delete process.env.NODE_EXTRA_CA_CERTS;
const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exit(status ?? 1);
