/**
 * `node scripts/pictures.mjs`: draws screens of the explorer, as it makes them of the demo image, into docs/pictures/*.svg.
 * With `--check` writes nothing and ends with 1 when a file is not what would be written.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);

const [{ openImage }, { lookedAt }, { openStore }, { storePaths }, { parseReference }] = await Promise.all([
  import('../dist/images/open.js'),
  import('../dist/commands/looked-at.js'),
  import('../dist/store/store.js'),
  import('../dist/store/paths.js'),
  import('../dist/model/reference.js'),
]);
const [{ DEFAULT_LIMITS }, { createEffects }, { loadLayers }, { createKeymap }, { frameOf }, { THEMES }] =
  await Promise.all([
    import('../dist/model/limits.js'),
    import('../dist/tui/effects/run.js'),
    import('../dist/tui/effects/load.js'),
    import('../dist/tui/keys/keymap.js'),
    import('../dist/tui/rows/frame.js'),
    import('../dist/tui/rows/theme.js'),
  ]);
const [{ reduce }, { startState }, { textWidth }] = await Promise.all([
  import('../dist/tui/state/reduce.js'),
  import('../dist/tui/state/state.js'),
  import('../dist/report/width.js'),
]);

const [WIDTH, HEIGHT] = [112, 30];
/** Pixels of a character cell. */
const [CELL, LINE] = [8.4, 18];
const BACKGROUND = '#16181d';
const TEXT = '#d7dae0';

/** What is pressed for each picture; a word of several letters is typed. */
const PICTURES = {
  layers: { layer: 8, keys: ['l', 'j', 'l', 'l'] },
  waste: { layer: 12, keys: ['W'] },
  difference: { layer: 12, keys: ['/', ...'app/config.json', 'Enter', 'd'] },
  help: { layer: 12, keys: ['?'] },
};

const store = mkdtempSync(path.join(tmpdir(), 'strata-pictures-'));
const folder = path.join(ROOT, 'docs/pictures');
let stale = 0;
try {
  for (const [name, { layer, keys }] of Object.entries(PICTURES)) {
    const text = svg(frameOf(await stateAfter(layer, keys)), THEMES.dark);
    const file = path.join(folder, `${name}.svg`);
    const same = existsSync(file) && readFileSync(file, 'utf8') === text;
    if (process.argv.includes('--check')) {
      if (same) continue;
      stale += 1;
      process.stderr.write(`${path.relative(ROOT, file)} is stale: node scripts/pictures.mjs\n`);
    } else {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, text);
    }
  }
} finally {
  rmSync(store, { recursive: true, force: true });
}
process.exitCode = stale === 0 ? 0 : 1;

/** The explorer's state when the demo image is read and the keys are pressed. */
async function stateAfter(layer, keys) {
  const signal = new AbortController().signal;
  const reference = parseReference(path.join(ROOT, 'fixtures/generated/demo.tar'), existsSync);
  const opening = { limits: DEFAULT_LIMITS, stdin: process.stdin, spoolDir: store, store, signal };
  const opened = await openImage(reference, { ...opening, log: () => undefined, platform: undefined });
  const looked = lookedAt(
    { ...opened, n: layer },
    { limits: DEFAULT_LIMITS, store: () => openStore(storePaths({ STRATA_STORE: store }, store)) },
  );
  const nothing = () => undefined;
  let state = startState({
    ...looked.start,
    keymap: createKeymap(),
    theme: 'dark',
    width: WIDTH,
    height: HEIGHT,
  });
  const send = (action) => {
    const next = reduce(state, action);
    state = next.state;
    for (const effect of next.effects) effects.run(effect);
  };
  const effects = createEffects({
    ...{ limits: DEFAULT_LIMITS, other: undefined, send, quit: nothing, suspend: nothing, redraw: nothing },
    ...{ stepIn: undefined, containers: undefined, bisect: undefined, loaded: () => state.loaded },
    ...{
      copy: nothing,
      lend: (deed) => deed(process),
      looked: () => ({ union: state.tree.facts.union, layers: opened.image.layers }),
    },
  });
  try {
    send({ type: 'resize', width: WIDTH, height: HEIGHT });
    await loadLayers({ ...looked.load, index: { ...(await looked.load.index()), signal }, send });
    for (const key of keys) send({ type: 'key', chord: key, ...(key.length === 1 ? { text: key } : {}) });
    while (state.page?.loading === true) await new Promise((resolve) => setTimeout(resolve, 5));
    return state;
  } finally {
    await effects.close();
    await opened.close();
  }
}

/** A screen as SVG: a rectangle where a look has a background, a text where it has letters. */
function svg({ rows }, theme) {
  const [width, height] = [Math.ceil(WIDTH * CELL) + 24, rows.length * LINE + 24];
  const parts = [];
  for (const [y, row] of rows.entries()) {
    let x = 0;
    for (const { text, role } of row) {
      const look = theme[role];
      const columns = textWidth(text);
      const at = 12 + x * CELL;
      x += columns;
      if (look.bg !== undefined)
        parts.push(
          `<rect x="${number(at)}" y="${12 + y * LINE}" width="${number(columns * CELL)}" height="${LINE}" fill="${colour(look.bg)}"/>`,
        );
      if (text.trim() === '') continue;
      const lead = text.length - text.trimStart().length;
      const shown = text.trim();
      parts.push(
        `<text x="${number(at + lead * CELL)}" y="${12 + y * LINE + 13.5}" textLength="${number(textWidth(shown) * CELL)}"${look.fg === undefined ? '' : ` fill="${colour(look.fg)}"`}${look.bold === true ? ' font-weight="bold"' : ''}>${escaped(shown)}</text>`,
      );
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${TEXT}" xml:space="preserve">
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
${parts.join('\n')}
</svg>
`;
}

/** A colour of xterm's 256: the cube and the greys; none of the first 16 is used but black. */
function colour(index) {
  const hex = (value) => value.toString(16).padStart(2, '0');
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`;
  if (index < 16) return '#000000';
  const level = (part) => (part === 0 ? 0 : 55 + part * 40);
  const at = index - 16;
  return `#${hex(level(Math.floor(at / 36)))}${hex(level(Math.floor(at / 6) % 6))}${hex(level(at % 6))}`;
}

function number(value) {
  return Number(value.toFixed(1));
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
