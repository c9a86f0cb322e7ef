// Verifies one image after another in one process, on the compiled dist, whose memory is that of a user's process and not
// of the test's. Reads a JSON list of command lines from standard input and prints a line of JSON for each: exit code,
// what was written to stdout and stderr, and the peak memory of the process with all its threads.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import Verify from '../../dist/commands/verify.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const pjson = { ...manifest, oclif: { ...manifest.oclif, plugins: [], commands: '' } };
const config = await Config.load({ root, pjson, userPlugins: false, devPlugins: false });
Verify.id = 'verify';

const print = process.stdout.write.bind(process.stdout);
const said = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'])
  process[name].write = (chunk, ...rest) => {
    said[name] += chunk;
    rest.find((part) => typeof part === 'function')?.();
    return true;
  };
for (const argv of JSON.parse(readFileSync(0, 'utf8'))) {
  said.stdout = said.stderr = '';
  process.exitCode = undefined;
  forgetPeak();
  await Verify.start(argv, config);
  print(`${JSON.stringify({ argv, exit: process.exitCode ?? 0, ...said, peakKiB: peakKiB() })}\n`);
}
process.exitCode = 0;

/** So that a peak can be blamed on its image; where that is not allowed, peaks are those of the process so far. */
function forgetPeak() {
  try {
    // proc(5): 5 sets VmHWM back to what is used now.
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return;
  }
}

/** Not getrusage(2): its maximum includes what the parent had when it forked this process. */
function peakKiB() {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}
