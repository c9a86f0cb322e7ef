/** `npm run bench -- ARGUMENTS`: set-up, then bench/run.ts. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);
const hook = JSON.stringify(pathToFileURL(path.join(ROOT, 'scripts/built-code.mjs')).href);
const builtCode = `data:text/javascript,${encodeURIComponent(`import { register } from 'node:module'; register(${hook});`)}`;
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', '--import', builtCode, path.join(ROOT, 'bench/run.ts'), ...process.argv.slice(2)],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exit(status ?? 1);
