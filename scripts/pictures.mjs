/**
 * `node scripts/pictures.mjs`: draws screens of the explorer, as it makes them of the demo image, into docs/pictures/*.svg.
 * What a shell changed is written down here for that of a commit, so that no picture needs a container. With `--check`
 * writes nothing and ends with 1 when a file is not what would be written.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);

const [{ openImage }, { lookedAt }, { openStore }, { storePaths }, { parseReference }] = await Promise.all([
  import('../dist/images/open.js'),
  import('../dist/commands/explore/looked-at.js'),
  import('../dist/store/store.js'),
  import('../dist/store/paths.js'),
  import('../dist/model/reference.js'),
]);
const { FACET } = await import('../dist/layers/union/facets.js');
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

/** What is pressed for each picture, and what is heard before; a word of several letters is typed. */
const PICTURES = {
  layers: { layer: 8, keys: ['x', 'l', 'j'] },
  waste: { layer: 12, keys: ['W'] },
  difference: { layer: 12, height: 16, keys: ['/', ...'app/config.json', 'Enter', 'd'] },
  help: { layer: 12, keys: ['?'] },
  commit: {
    layer: 12,
    height: 18,
    heard: shellLeft,
    keys: ['K', 'G', 'Space', 'n', ...'harbour-notes:fixed', 'Enter', 'm', ...'light theme', 'Enter'],
  },
};

const store = mkdtempSync(path.join(tmpdir(), 'strata-pictures-'));
const folder = path.join(ROOT, 'docs/pictures');
let stale = 0;
try {
  for (const [name, picture] of Object.entries(PICTURES)) {
    const text = svg(frameOf(await stateAfter(picture)), THEMES.dark);
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
async function stateAfter({ layer, keys, height = HEIGHT, heard = () => [] }) {
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
    height,
  });
  const send = (action) => {
    const next = reduce(state, action);
    state = next.state;
    for (const effect of next.effects) effects.run(effect);
  };
  const effects = createEffects({
    ...{
      limits: DEFAULT_LIMITS,
      other: undefined,
      send,
      quit: nothing,
      suspend: nothing,
      redraw: nothing,
      rehearse: nothing,
    },
    ...{ stepIn: { preview }, containers: undefined, bisect: undefined, loaded: () => state.loaded },
    ...{
      copy: nothing,
      lend: (deed) => deed(process),
      looked: () => ({ union: state.tree.facts.union, layers: opened.image.layers }),
    },
  });
  try {
    send({ type: 'resize', width: WIDTH, height });
    await loadLayers({ ...looked.load, index: { ...(await looked.load.index()), signal }, send });
    for (const action of heard()) send(action);
    for (const key of keys) send({ type: 'key', chord: key, ...(key.length === 1 ? { text: key } : {}) });
    const form = () => state.page?.changes?.form;
    while (state.page?.loading === true || (form() !== undefined && form().preview === undefined))
      await new Promise((resolve) => setTimeout(resolve, 5));
    return state;
  } finally {
    await effects.close();
    await opened.close();
  }
}

/** What a shell in the last snapshot left behind, as it is heard when that has ended. */
function shellLeft() {
  const file = (of, size, kind = 'file') => ({ path: of, kind, size, link: '' });
  const of = (kind, where, facets, before, after) => ({ kind, path: where, facets, before, after });
  const changes = [
    of('modified', '/app', FACET.mtime, file('/app', 0, 'directory'), file('/app', 0, 'directory')),
    of('removed', '/app/build.sh', 0, file('/app/build.sh', 190), undefined),
    of('added', '/app/cache/crew.json', 0, undefined, file('/app/cache/crew.json', 48_210)),
    of(
      'modified',
      '/app/config.json',
      FACET.content | FACET.mtime,
      file('/app/config.json', 109),
      file('/app/config.json', 110),
    ),
    of('added', '/home/notes/.ash_history', 0, undefined, file('/home/notes/.ash_history', 212)),
  ];
  const open = {
    id: 'c',
    name: 'ancient-tuff',
    image: 'demo.tar',
    n: 12,
    running: false,
    changes,
    sockets: [],
  };
  return [{ type: 'changes', id: undefined, open }];
}

/** The layer of what is ticked, counted as a commit does. */
function preview({ changes }, { picked }) {
  const chosen = changes.filter((change) => picked.has(change.path));
  const left = changes.length - chosen.length;
  const kept = chosen.filter(({ after }) => after !== undefined);
  return Promise.resolve({
    members: kept.length,
    whiteouts: chosen.length - kept.length,
    bytes: kept.reduce((sum, { after }) => sum + after.size, 0),
    number: 13,
    leftOut: left === 0 ? [] : [`${left} ${left === 1 ? 'change' : 'changes'} not ticked`],
    taken: undefined,
  });
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
