/**
 * `npm run imports`: checks the import rules over all of src, that every source file was seen, and that every rule finds
 * what it forbids, in a small tree made to break each of them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { ROOT, filesBelow } from './setup.mjs';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

/** For each rule a file, and what it imports to break it. */
const BREAKS = {
  'model-imports': ['src/model/a.ts', '../io/target.js'],
  'io-imports': ['src/io/a.ts', '../store/target.js'],
  'store-imports': ['src/store/a.ts', '../layers/target.js'],
  'registry-imports': ['src/registry/a.ts', '../images/target.js'],
  'images-imports': ['src/images/a.ts', '../layers/target.js'],
  'layers-imports': ['src/layers/a.ts', '../images/target.js'],
  'inspect-imports': ['src/inspect/a.ts', '../images/target.js'],
  'runtime-imports': ['src/runtime/a.ts', '../report/target.js'],
  'report-imports': ['src/report/a.ts', '../images/target.js'],
  'tui-imports': ['src/tui/a.ts', '../images/target.js'],
  'only-in-chalk': ['src/layers/b.ts', 'chalk'],
  'only-in-blessed': ['src/tui/b.ts', 'blessed'],
  'only-in-oclif': ['src/report/b.ts', '@oclif/core'],
  'only-in-tar-stream': ['src/io/b.ts', 'tar-stream'],
  'only-in-zstd-codecfzstd': ['src/io/c.ts', 'zstd-codec'],
  'only-in-koffi': ['src/runtime/b.ts', 'koffi'],
  'model-without-io': ['src/model/b.ts', 'node:fs'],
  'commands-are-the-top': ['src/tui/c.ts', '../commands/target.js'],
  'public-face-is-for-others': ['src/tui/d.ts', '../index.js'],
  'product-without-tests': ['src/tui/e.ts', '../../test/target.js'],
  'no-cycles': ['src/tui/f.ts', './g.js'],
  'no-orphans': ['src/tui/orphan.ts', undefined],
  'only-runtime-dependencies': ['src/tui/h.ts', 'development-only'],
  resolvable: ['src/tui/i.ts', './nowhere.js'],
};

async function violations(folder, places) {
  const tsConfig = extractTSConfig(path.join(ROOT, 'tsconfig.json'));
  const { output } = await cruise(
    places,
    { ...options, baseDir: folder, validate: true, ruleSet: { forbidden } },
    undefined,
    { tsConfig },
  );
  return output;
}

function breakEveryRule(folder) {
  const write = (name, text) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  const packages = [
    'chalk',
    'blessed',
    '@oclif/core',
    'tar-stream',
    'zstd-codec',
    'koffi',
    'development-only',
  ];
  const dependencies = Object.fromEntries(packages.slice(0, -1).map((name) => [name, '1.0.0']));
  write(
    'package.json',
    JSON.stringify({ type: 'module', dependencies, devDependencies: { 'development-only': '1.0.0' } }),
  );
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = 1;\n');
  }
  const inside = ['io', 'store', 'layers', 'images', 'report', 'commands'].map(
    (name) => `src/${name}/target.ts`,
  );
  for (const name of [...inside, 'src/index.ts', 'test/target.ts']) write(name, 'export const value = 1;\n');
  write('src/tui/g.ts', "import { value } from './f.js';\nexport default value;\n");
  for (const [file, imported] of Object.values(BREAKS))
    write(
      file,
      imported === undefined
        ? 'export const value = 1;\n'
        : `import * as it from '${imported}';\nexport const value = it;\n`,
    );
}

const problems = [];

const product = await violations(ROOT, ['src', 'bin']);
const seen = new Set(product.modules.map((module) => module.source));
const sources = filesBelow(path.join(ROOT, 'src')).map((file) => path.relative(ROOT, file));
for (const { rule, from, to } of product.summary.violations) problems.push(`${rule.name}: ${from} → ${to}`);
for (const file of sources.filter((name) => !seen.has(name))) problems.push(`not seen: ${file}`);

const trap = path.join(ROOT, '.build/imports');
rmSync(trap, { recursive: true, force: true });
try {
  breakEveryRule(trap);
  const broken = await violations(trap, ['src']);
  for (const { name } of forbidden) {
    const file = BREAKS[name]?.[0];
    if (!broken.summary.violations.some((found) => found.rule.name === name && found.from === file))
      problems.push(
        `the rule ${name} did not find ${file ?? 'anything: scripts/imports.mjs has no case for it'}`,
      );
  }
} finally {
  rmSync(trap, { recursive: true, force: true });
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stderr.write(`${sources.length} modules, ${forbidden.length} rules, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
