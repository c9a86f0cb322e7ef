/** `npm start -- ARGUMENTS`: strata with these arguments after whatever set-up is missing; without any, the demo image. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEMO, ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);

// npm changes into the package: paths on the command line are meant from where the user stands.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

const given = process.argv.slice(2);
const entry = path.join(ROOT, 'bin/run.js');
process.argv = [
  process.argv[0],
  entry,
  ...(given.length === 0 ? [path.relative(process.cwd(), DEMO)] : given),
];
await import(pathToFileURL(entry).href);
