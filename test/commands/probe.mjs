// A command whose behaviours the tests of base.ts ask for; run as `node probe.mjs MODE [flags]` on the compiled dist.
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { string } from '@oclif/core/args';
import { Config } from '@oclif/core/config';
import { StrataCommand } from '../../dist/commands/base.js';
import { createAnomalyLog } from '../../dist/model/anomaly.js';
import { fail } from '../../dist/model/error.js';
import { jsonList } from '../../dist/report/json.js';

const HOSTILE = 'a\x1b]0;x\x07\u009b31m\u202e\n';

class Probe extends StrataCommand {
  static id = 'probe';
  static args = { mode: string({ required: true }), value: string() };

  async run() {
    const { args, context } = await this.begin(Probe);
    const { output, signal, log, progress } = context;
    switch (args.mode) {
      case 'fail':
        return fail(args.value, `reading ${HOSTILE}: no`, { hint: `look at ${HOSTILE}` });
      case 'foreign':
        throw new TypeError('x is not a function');
      case 'text':
        throw 'a text, not an error';
      case 'nowhere':
        setTimeout(() => {
          throw new Error('thrown where nobody catches');
        }, 1);
        return sleep(5000);
      case 'read':
        return { content: await readFile(args.value, 'utf8') };
      case 'write':
        return { done: await writeFile(args.value, 'x') };
      case 'gate':
        if (!context.json) await output.write('differs\n');
        this.endWith(1);
        return { same: false };
      case 'lines':
        await output.lines(Array.from({ length: Number(args.value) }, (_, i) => `line ${i}`));
        return;
      case 'list':
        await output.parts(
          jsonList(
            {},
            'items',
            (function* () {
              for (let i = 0; i < Number(args.value); i++) yield { i };
            })(),
          ),
        );
        return;
      case 'cut':
        await output.parts(['{"items":[', 'x'.repeat(70_000)]);
        return fail('E_TRUNCATED', 'reading a layer: it ends too early');
      case 'memory': {
        const line = 'x'.repeat(1000);
        await output.lines(
          (function* () {
            for (let i = 0; i < 300_000; i++) yield line;
          })(),
        );
        process.stderr.write(`${process.resourceUsage().maxRSS}\n`);
        return;
      }
      case 'wait':
        process.stderr.write('ready\n');
        return sleep(20_000, undefined, { signal });
      case 'deaf':
        process.stderr.write('ready\n');
        return sleep(20_000);
      case 'odd': {
        const anomalies = createAnomalyLog();
        anomalies.add(args.value, HOSTILE);
        this.settle(anomalies);
        return { fine: true };
      }
      case 'talk':
        log.info(`took ${HOSTILE}`);
        log.warn(`left ${HOSTILE}`);
        await output.write('data\n');
        return { data: true };
      case 'slow':
        progress.begin(100_000, HOSTILE);
        for (let i = 0; i < 8; i++) {
          await sleep(100);
          progress.advance(10_000);
        }
        await output.write('data\n');
        return;
      case 'context':
        return { limits: context.limits, platform: context.platform, strict: context.strict };
    }
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const pjson = { ...manifest, oclif: { ...manifest.oclif, plugins: [], commands: '' } };
process.on('uncaughtException', (error) => {
  process.stderr.write(`uncaught ${error.message}\n`);
  process.exit(99);
});
await Probe.start(
  process.argv.slice(2),
  await Config.load({ root, pjson, userPlugins: false, devPlugins: false }),
);
