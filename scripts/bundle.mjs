/**
 * Writes dist/program, which `bin/run.js` runs. `program.cjs` is one script with all commands: what loads together is a
 * function in it that is evaluated when it is first needed, so that V8's code of one command can be kept and read back at
 * once. Threads and programs of their own stand beside it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { ROOT } from './setup.mjs';

const dist = path.join(ROOT, 'dist');
const target = path.join(dist, 'program');
// Native code, what only help needs, and what oclif loads for plugins that are written in TypeScript.
const external = ['koffi', 'typescript', '@oclif/core/run', /^@oclif\/plugin-/];

const LAZILY = `const __lazily = (load) => {
  let made;
  return new Proxy({}, { get: (_, name) => (made ??= load())[name] });
};`;

rmSync(target, { recursive: true, force: true });
mkdirSync(target);

const program = await rolldown({
  input: path.join(dist, 'commands/main.js'),
  platform: 'node',
  external,
  plugins: [
    { name: 'modern-octals', transform: { filter: { id: /\/blessed\/lib\// }, handler: modernOctals } },
    { name: 'lazy', transform: { filter: { id: /\/@oclif\/core\/lib\/.*\.js$/ }, handler: lazyImports } },
  ],
});
const { output } = await program.generate({
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[hash].js',
  exports: 'named',
  strict: true,
  dynamicImportInCjs: false,
  comments: false,
});
await program.close();
writeFileSync(path.join(target, 'program.cjs'), joined(output));

// Threads are CommonJS: for a module Node first makes a loader and all that node:crypto exports, 20 ms in each.
for (const [module, format] of [
  ['io/digest-worker', 'cjs'],
  ['layers/index/index-worker', 'cjs'],
  ['layers/read/verify-worker', 'cjs'],
  ['layers/write/extract-worker', 'cjs'],
  ['runtime/unpacked/unpack-worker', 'cjs'],
  ['runtime/probe/child', 'esm'],
]) {
  const alone = await rolldown({ input: path.join(dist, `${module}.js`), platform: 'node', external });
  const file = path.join(target, `${path.basename(module)}${format === 'cjs' ? '.cjs' : '.js'}`);
  await alone.write({ file, format, strict: true, codeSplitting: false, comments: false });
  await alone.close();
}

/** One script of all chunks: a function of Node's `require` that gives the exports of `main.js`. */
function joined(chunks) {
  const functions = chunks.map(({ fileName, code }) => {
    return `${JSON.stringify(`./${fileName}`)}(exports, require, module) {${asciiOnly(lazyBuiltins(code))}\n}`;
  });
  const text = `(function (native, __filename, __dirname) {
const chunks = { __proto__: null,
${functions.join(',\n')}
};
const made = { __proto__: null };
${LAZILY}
function require(name) {
  if (chunks[name] === undefined) return native(name);
  if (made[name] === undefined) chunks[name]((made[name] = { exports: {} }).exports, require, made[name]);
  return made[name].exports;
}
require.resolve = native.resolve;
require.main = native.main;
return require('./main.js');
})`;
  // V8 knows a script by its length alone: what is kept of it is named by this.
  return `//${createHash('sha256').update(text).digest('hex').slice(0, 16)}\n${text}\n`;
}

/** blessed has octals of a time before strict mode, which rolldown does not read. */
function modernOctals(code) {
  return code
    .replace(/\b0([0-7]{3})\b/g, '0o$1')
    .replace(
      /\\([0-3][0-7]{1,2})(?!\d)/g,
      (_, octal) => `\\x${parseInt(octal, 8).toString(16).padStart(2, '0')}`,
    );
}

/**
 * Each module of oclif loads all that any part of it may need; of that a command line needs a fifth. What is imported is only
 * ever used as a property, so that it can be loaded when the first is asked for.
 */
function lazyImports(code) {
  // Nothing of ours asks whether this is Windows; finding out would load six modules and read three files.
  const lazy = code
    .replace("(await import('wsl-utils')).isWsl ? 'wsl' : ", '')
    .replace(
      /^(const|var) (\w+) = (require\("[^"]+"\)|__import(?:Default|Star)\(require\("[^"]+"\)\));$/gm,
      (_, word, name, load) => `${word} ${name} = __lazily(() => ${load});`,
    );
  return `${LAZILY}
${lazy}`;
}

/** Many modules name what starts programs and threads, few commands do it. What is imported as a whole is assigned once more. */
function lazyBuiltins(code) {
  return code.replace(
    /^let (\w+) = (require\("node:(?:child_process|worker_threads)"\));$(?![^]*^\1 = )/gm,
    (_, name, load) => `const ${name} = __lazily(() => ${load});`,
  );
}

/** Read as Latin-1 the script needs no decoding and half the memory. */
function asciiOnly(code) {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
