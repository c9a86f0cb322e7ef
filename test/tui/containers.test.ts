import { describe, expect, test } from 'vitest';
import type { ContainerRow } from '../../src/report/containers.js';
import { textWidth } from '../../src/report/width.js';
import type { LogLine } from '../../src/tui/effects/containers.js';
import type { Action } from '../../src/tui/state/action.js';
import type { State } from '../../src/tui/state/state.js';
import { CONTROL, useFolder } from '../helpers/look.js';
import { after, key, rowsOf as screen, typed, useBeginning } from '../helpers/pressed.js';

/* Pages of containers as a pure function of what is pressed and heard. */

const first = useBeginning(useFolder());

const NOW = 1_800_000_000_000n * 1_000_000n;

function container(name: string, more: Partial<ContainerRow> = {}): ContainerRow {
  return {
    id: name.padEnd(64, '0'),
    name,
    image: 'demo@3',
    command: ['sh', '-c', 'x'],
    created: '2027-01-15T07:00:00Z',
    status: 'running',
    started: '2027-01-15T07:58:00Z',
    exit: undefined,
    ...more,
  };
}

const ENDED = {
  status: 'exited',
  exit: { status: 3, finished: '2027-01-15T07:00:00Z', oom: false },
} as const;

function listed(rows: readonly ContainerRow[], state = first()): State {
  const open = after(state, key('p')).state;
  return after(open, { type: 'containers', id: open.page?.id ?? 0, rows, now: NOW }).state;
}

describe('the containers', () => {
  test('those that run come first; the cursor stays on its container, whatever comes and goes', () => {
    const state = listed([
      container('one', ENDED),
      container('two'),
      container('six', { created: '2027-01-15T07:30:00Z' }),
    ]);
    expect(
      screen(state)
        .slice(3, 6)
        .map((row) => row.slice(2, 5)),
    ).toEqual(['six', 'two', 'one']);
    expect(screen(state).join('\n')).toMatch(/one +Exited \(3\) 1 hour ago +demo@3/);
    expect(screen(state).join('\n')).toMatch(/two +Up 2 minutes/);
    const moved = after(state, key('j'), {
      type: 'containers',
      id: state.page?.id ?? 0,
      rows: [container('two', ENDED), container('new'), container('one', ENDED)],
      now: NOW,
    }).state;
    expect(moved.page?.containers?.chosen).toBe('two'.padEnd(64, '0'));
    const gone = after(moved, { type: 'containers', id: moved.page?.id ?? 0, rows: [], now: NOW }).state;
    expect(screen(gone).join('\n')).toContain('no containers in this store');
    expect(after(gone, key('S')).effects).toEqual([]);
  });

  test('an answer to an older page changes nothing', () => {
    const state = listed([container('one')]);
    expect(after(state, { type: 'containers', id: 0, rows: [], now: NOW }).state).toBe(state);
  });

  test.each([
    ['S', 'stop'],
    ['x', 'kill'],
    ['P', 'pause'],
  ])('%s asks to %s it; of one that does not run it says how that is changed', (chord, deed) => {
    expect(after(listed([container('one')]), key(chord)).effects).toMatchObject([
      { do: 'act', name: 'one', deed, force: false },
    ]);
    const ended = after(listed([container('one', ENDED)]), key(chord));
    expect(ended.effects).toEqual([]);
    expect(screen(ended.state).at(-1)).toContain('one does not run: R starts it');
  });

  test('R asks to start what does not run', () => {
    expect(after(listed([container('one', ENDED)]), key('R')).effects).toMatchObject([
      { do: 'act', name: 'one', deed: 'start', force: false },
    ]);
    const running = after(listed([container('one')]), key('R'));
    expect(running.effects).toEqual([]);
    expect(screen(running.state).at(-1)).toContain('one runs already');
  });

  test('P lets one that stands still go on; a shell is for what runs', () => {
    const paused = listed([container('one', { status: 'paused' })]);
    expect(after(paused, key('P')).effects).toMatchObject([{ deed: 'unpause' }]);
    const refused = after(paused, key('e'));
    expect(refused.effects).toEqual([]);
    expect(screen(refused.state).at(-1)).toContain('P lets it go on');
    expect(after(listed([container('one')]), key('e')).effects).toMatchObject([
      { do: 'visit', visit: 'exec' },
    ]);
  });

  test('D asks first: only y removes, with force what runs', () => {
    const asked = after(listed([container('one')]), key('D'));
    expect(asked.effects).toEqual([]);
    expect(screen(asked.state).at(-1)).toMatch(/one runs: kill it.*y yes/);
    expect(after(asked.state, key('n')).effects).toEqual([]);
    expect(after(asked.state, key('q')).state.page?.kind).toBe('containers');
    expect(after(asked.state, key('y')).effects).toMatchObject([{ deed: 'remove', force: true }]);
    const ended = after(listed([container('one', ENDED)]), key('D'), key('y'));
    expect(ended.effects).toMatchObject([{ deed: 'remove', force: false }]);
  });

  test('a log lies above them: closing it comes back, and they are kept true again', () => {
    const list = listed([container('one'), container('two')]);
    const log = after(list, key('j'), key('Enter'));
    expect(log.effects).toMatchObject([{ do: 'stop' }, { do: 'follow-log' }]);
    const back = after(log.state, key('q'));
    expect(back.state.page?.containers?.chosen).toBe('two'.padEnd(64, '0'));
    expect(back.effects).toEqual([{ do: 'stop' }, { do: 'watch-containers', id: list.page?.id }]);
    expect(after(back.state, key('q')).state.page).toBeUndefined();
  });

  test('names and commands of any bytes take exactly the columns there are, down to 40x12', () => {
    const hostile = ['a\x1b[2Jb', '\x9b31m', '日本語'.repeat(9), '👩‍👩‍👧', 'rtl\u202e', 'x'.repeat(300), ''];
    for (const [width, height] of [
      [40, 12],
      [72, 16],
      [160, 40],
    ]) {
      const state = listed(
        hostile.map((name) => container(name, { image: `${name}@1`, command: [name] })),
        { ...first(), width, height },
      );
      const rows = screen(state);
      expect(rows.map(textWidth)).toEqual(rows.map(() => width));
      expect(rows.join('\n')).not.toMatch(CONTROL);
      expect(rows.join('\n')).toMatch(/Up 2 minutes/);
    }
  });

  test('many scroll with the cursor and with the screen', () => {
    const many = Array.from({ length: 50 }, (_, i) => container(`c${String(i).padStart(2, '0')}`));
    const end = after(listed(many), key('G')).state;
    expect(screen(end).join('\n')).toContain('c49');
    const small = after(end, { type: 'resize', width: 40, height: 12 }).state;
    expect(screen(small).join('\n')).toContain('c49');
    const wheeled = after(small, { type: 'wheel', x: 3, y: 4, down: false }).state;
    expect(wheeled.page?.containers?.chosen).toBe('c48'.padEnd(64, '0'));
    const clicked = after(wheeled, { type: 'click', x: 3, y: 3 }).state;
    expect(clicked.page?.containers?.chosen).not.toBe('c48'.padEnd(64, '0'));
    expect(after(clicked, { type: 'click', x: 3, y: 3 }).state.page?.kind).toBe('log');
  });
});

describe('help over a page', () => {
  test('the page goes on below it, and is there again, as large as the screen is now', () => {
    const list = listed([container('one')]);
    const help = after(list, key('?'));
    expect(help.effects).toEqual([]);
    const two = [container('one'), container('two')];
    const heard: Action = { type: 'containers', id: list.page?.id ?? 0, rows: two, now: NOW };
    const back = after(help.state, heard, key('?'), key('Esc'));
    expect(back.effects).toEqual([]);
    expect(screen(back.state).join('\n')).toMatch(/2 running of 2[^]*two/);
    const many = Array.from({ length: 30 }, (_, i) => container(`c${String(i).padStart(2, '0')}`));
    const end = after(listed(many), key('G'), key('?'), { type: 'resize', width: 40, height: 12 }, key('q'));
    expect(screen(end.state).join('\n')).toContain('c29');
  });

  test('a search goes on below it', () => {
    const { state } = after(first(), key('b'), ...typed('true'), key('Enter'));
    const id = state.page?.id ?? 0;
    const step: Action = { type: 'bisect-step', id, step: { kind: 'trying', n: 7 } };
    const back = after(state, key('?'), step, key('Esc'));
    expect(back.effects).toEqual([]);
    expect(screen(back.state).join('\n')).toContain('@7 … running');
  });
});

describe('keys of the panes', () => {
  test('change nothing that a page hides, and say so', () => {
    const help = after(first(), key('?')).state;
    const message = { text: 'that is for the panes, not for this page', role: 'status' };
    for (const chord of ['a', 'c', 'r', 'u', 'o', 'B', '1', '2', 'Tab', 'S-Tab'])
      expect(after(help, key(chord)).state).toEqual({ ...help, message });
  });

  test('help is told of on every page, however narrow, and on the panes how one leaves', () => {
    for (const chord of ['Tab', 'Esc'])
      expect(screen(after({ ...first(), width: 40, height: 12 }, key(chord)).state).at(-1)).toContain(
        'q quit',
      );
    const narrow = { ...first(), width: 40, height: 12 };
    const list = listed([container('one')], narrow);
    for (const state of [narrow, list, after(list, key('l')).state, after(list, key('c')).state])
      expect(screen(state).at(-1)).toContain('? help');
  });
});

describe('a log', () => {
  const line = (text: string): LogLine => ({
    time: '2027-01-15T08:00:00.000000001Z',
    stream: text.startsWith('!') ? 'stderr' : 'stdout',
    bytes: Buffer.from(text, 'latin1'),
    more: 0,
  });
  const opened = (
    texts: readonly string[],
    dropped = 0,
    state = after(listed([container('one')]), key('l')).state,
  ) =>
    after(state, {
      type: 'log',
      id: state.page?.id ?? 0,
      log: { lines: texts.map(line), dropped, ended: false },
    }).state;
  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `line ${String(from + i)}.`);

  test('goes on with what comes while its end is seen; elsewhere what is seen stays', () => {
    const state = opened(numbered(1, 100));
    expect(screen(state).join('\n')).toMatch(/following[^]*line 100\./);
    const more = opened(numbered(1, 120), 0, state);
    expect(screen(more).join('\n')).toContain('line 120.');
    const up = after(more, key('k'), key('k')).state;
    expect(screen(up)[1]).toContain('more below');
    const seen = screen(up).slice(2, -1);
    expect(screen(opened(numbered(31, 200), 30, up)).slice(2, -1)).toEqual(seen);
    const end = after(up, key('G')).state;
    expect(screen(opened(numbered(1, 130), 0, end)).join('\n')).toContain('line 130.');
  });

  test('any bytes, names and lines, take exactly the columns there are on a small screen', () => {
    const small = { ...first(), width: 40, height: 12 };
    const texts = ['\x1b[2Ja', '\x9b31m', '\u00e6\u2028', '\ttab', '\x00\x7f', 'x'.repeat(300), '', '\x1b'];
    const name = 'on\x1b[2Je\n\u202e日本';
    const state = opened(texts, 0, after(listed([container(name)], small), key('l')).state);
    const shown = [
      state,
      after(state, key('t')).state,
      after(listed([container(name)], small), key('D')).state,
    ];
    for (const rows of shown.map(screen)) {
      expect(rows.map(textWidth)).toEqual(rows.map(() => 40));
      expect(rows.join('\n').replaceAll('\n', '')).not.toMatch(CONTROL);
    }
  });

  test('what a shell says to its terminal is put away, a string that may do harm is not', () => {
    const said = [
      '~ $ \x1b[6n\x1b[?2004h\x1b]0;me@host: ~\x07ls\x1b[K\x07\x1b(B\x1b=\r',
      '\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ \x1b]133;A\x07',
      '\x1b]0;unended \x1b]0;twice',
    ];
    const rows = screen(opened(said)).map((row) => row.trimEnd());
    expect(rows.slice(2, 5)).toEqual(['   ~ $ ls', '   link', '   \\x1b]0;unended \\x1b]0;twice']);
  });

  test('t shows times; what is of standard error has a mark; colours are put away and controls escaped', () => {
    const state = opened(['\x1b[31mred\x1b[0m \x1b]52;c;x\x07 \x9b2J', '! bad\r', 'tab\there']);
    const plain = screen(state).join('\n');
    expect(plain).not.toMatch(CONTROL);
    expect(plain).toContain('red \\x1b]52;c;x \\x9b2J');
    expect(plain).toMatch(/! ! bad *\n/);
    expect(screen(after(state, key('t')).state).join('\n')).toMatch(
      /2027-01-15T08:00:00\.000000001Z +tab +here/,
    );
    const found = after(state, key('/'), ...typed('bad'), key('Enter')).state;
    expect(found.page?.match).toBe(1);
  });
});

describe('bisect', () => {
  const started = (state = first(), line = 'test -e /x') =>
    after(state, key('b'), ...typed(line), key('Enter'));

  test('asks for a command between the marks, one mark and the top, or all; Up has those of before', () => {
    expect(started().effects).toMatchObject([
      { do: 'stop' },
      { do: 'bisect', request: { low: 1, high: 12, line: 'test -e /x' } },
    ]);
    const marked = { ...first(), marks: [9, 4] };
    expect(started(marked).effects).toMatchObject([{}, { request: { low: 4, high: 9 } }]);
    expect(started({ ...first(), marks: [4] }).effects).toMatchObject([
      {},
      { request: { low: 4, high: 12 } },
    ]);
    expect(after({ ...first(), marks: [12] }, key('b')).state.message?.text).toContain('nothing to search');
    const second = after(started(first(), 'one').state, {
      type: 'bisect-stopped',
      id: first().asked + 1,
      why: ['no'],
    }).state;
    const again = after(
      { ...started({ ...second, page: undefined }, 'two').state, page: undefined },
      key('b'),
    );
    expect(after(again.state, key('Up')).state.prompt?.text).toBe('two');
    expect(after(again.state, key('Up'), key('Up')).state.prompt?.text).toBe('one');
    expect(after(again.state, key('Up'), key('Up'), key('Up'), key('Down')).state.prompt?.text).toBe('two');
    expect(after(again.state, key('Up'), key('Down')).state.prompt?.text).toBe('');
  });

  test('shows each step; Esc and Ctrl-C stop it and leave the page, then close it', () => {
    const { state } = started();
    const id = state.page?.id ?? 0;
    const tried = after(
      state,
      { type: 'bisect-step', id, step: { kind: 'trying', n: 1 } },
      {
        type: 'bisect-step',
        id,
        step: { kind: 'tried', trial: { n: 1, verdict: 'good', ended: 'exit status 0', milliseconds: 400 } },
      },
      { type: 'bisect-step', id, step: { kind: 'trying', n: 12 } },
    ).state;
    expect(screen(tried).at(-1)).toMatch(/^ (?!.*Enter)Esc stop /);
    expect(screen(tried).join('\n')).toMatch(/@1 \+ good +exit status 0 0\.4 s[^]*@12 … running/);
    for (const chord of ['Esc', 'C-c']) {
      const stopping = after(tried, key(chord));
      expect(stopping.effects).toEqual([{ do: 'stop' }]);
      expect(stopping.state.page?.kind).toBe('bisect');
      const stopped = after(stopping.state, { type: 'bisect-stopped', id, why: ['stopped'] });
      expect(screen(stopped.state).join('\n')).not.toMatch(/running|stopping/);
      expect(screen(stopped.state).at(-1)).toMatch(/^ (?!.*(?:Enter|Esc))b again /);
      expect(after(stopped.state, key(chord)).state.page).toBeUndefined();
    }
  });

  test('what came of it is seen on a small screen, also after a command that writes anything', () => {
    const { state } = started({ ...first(), width: 40, height: 12 }, 'sh -c "日本 \u202e"');
    const id = state.page?.id ?? 0;
    const trials = Array.from({ length: 9 }, (_, i): Action => {
      const trial = { n: i + 1, verdict: 'skip', ended: '\x1b[2J\nno 日本', milliseconds: 1 } as const;
      return { type: 'bisect-step', id, step: { kind: 'tried', trial } };
    });
    const change = { before: 7, after: 8, skipped: [], to: 'bad' } as const;
    const output = Buffer.from('\x1b]0;x\x07\x00\n\xff日'.repeat(20), 'latin1');
    const end: Action = { type: 'bisect-end', id, end: { change, output }, changes: undefined };
    const found = after(state, ...trials, end).state;
    expect(screen(found).join('\n')).toContain('layer 8 is the first bad one');
    for (const rows of [screen(found), screen(after(found, key('G')).state)]) {
      expect(rows.map(textWidth)).toEqual(rows.map(() => 40));
      expect(rows.join('')).not.toMatch(CONTROL);
    }
  });

  test('Enter goes to the layer that was found, with what it changed', () => {
    const { state } = started({ ...first(), marks: [3, 12] });
    const id = state.page?.id ?? 0;
    const found = after(state, {
      type: 'bisect-end',
      id,
      end: {
        change: { before: 7, after: 8, skipped: [], to: 'bad' },
        output: Buffer.from('why\x1b[2J\nnot\n'),
      },
      changes: undefined,
    }).state;
    const rows = screen(found).join('\n');
    expect(rows).toMatch(/layer 8 is the first bad one[^]*RUN rm -rf[^]*│ why\\x1b\[2J[^]*│ not/);
    expect(screen(found).at(-1)).toMatch(/Enter go there {2}b again/);
    const there = after(found, key('Enter')).state;
    expect(there).toMatchObject({ page: undefined, layer: 8, onlyChanges: true, marks: [] });
    const same = after(state, {
      type: 'bisect-end',
      id,
      end: { change: undefined, output: new Uint8Array() },
      changes: undefined,
    }).state;
    expect(screen(same).join('\n')).toMatch(/nothing changed[^]*mark two other layers/);
    expect(screen(same).at(-1)).not.toContain('go there');
    expect(after(same, key('Enter')).state.message?.text).toBe('no layer was found');
  });
});
