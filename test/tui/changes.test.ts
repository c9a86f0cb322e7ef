import { beforeAll, describe, expect, test } from 'vitest';
import type { ContainerChange } from '../../src/runtime/changes/container-change.js';
import type { LayerPreview, OpenChanges } from '../../src/tui/effects/step-in.js';
import type { Action, Effect } from '../../src/tui/state/action.js';
import { changeTree, visibleNodes } from '../../src/tui/state/change-tree.js';
import type { State } from '../../src/tui/state/state.js';
import { useFolder } from '../helpers/look.js';
import { after, key, keys, rowsOf, useBeginning } from '../helpers/pressed.js';

/* What a container changed and the form of a commit, as a pure function of what is pressed and heard. */

const first = useBeginning(useFolder());

function change(path: string, size: number, kind: ContainerChange['kind'] = 'added'): ContainerChange {
  const file = { path, kind: 'file', size, link: '' } as ContainerChange['after'];
  return kind === 'removed'
    ? { path, kind, facets: 0, before: file as never, after: undefined, removedBy: 'name' }
    : { path, kind, facets: 0, before: undefined, after: file, removedBy: undefined };
}

function opened(changes: readonly ContainerChange[]): OpenChanges {
  const files = undefined as never;
  return { id: 'c1', name: 'tried', image: 'demo', n: 12, running: false, files, changes, sockets: [] };
}

const THREE = [change('/a/b', 10), change('/a/c/d', 20), change('/z', 5, 'removed')];
const PREVIEW: LayerPreview = {
  members: 5,
  whiteouts: 1,
  bytes: 30,
  number: 13,
  leftOut: ['one\x1b[2J socket'],
  taken: undefined,
};

const heard = (changes = THREE): Action => ({ type: 'changes', id: undefined, open: opened(changes) });
const screen = (state: State): string =>
  rowsOf(state)
    .map((line) => line.trimEnd())
    .join('\n');

describe('the tree of changes', () => {
  test('has directories above what changed, each path once, sizes of all below', () => {
    const nodes = changeTree(THREE);
    expect(nodes.map(({ path, bytes, end }) => [path, bytes, end])).toEqual([
      ['/a', 30, 4],
      ['/a/b', 10, 2],
      ['/a/c', 20, 4],
      ['/a/c/d', 20, 4],
      ['/z', 5, 5],
    ]);
    expect(visibleNodes(nodes, new Set([0]), '')).toEqual([0, 4]);
    expect(visibleNodes(nodes, new Set([0]), 'D')).toEqual([]);
    expect(visibleNodes(nodes, new Set([0]), 'd')).toEqual([0, 2, 3]);
  });

  test('a name that sorts before / does not tear a directory apart; / itself is a path', () => {
    const nodes = changeTree([change('/a/b', 1), change('/a!', 1), change('/a', 1), change('/', 1)]);
    expect(nodes.map(({ path }) => path)).toEqual(['/', '/a', '/a/b', '/a!']);
  });
});

describe('the page', () => {
  test('s asks for a shell in the layer of the time slider, says how far it is, and Esc gives it up', () => {
    const asked = after(first(), ...keys('[', '[', 's'));
    expect(asked.effects).toEqual([{ do: 'shell', n: 10 }]);
    const making = after(asked.state, { type: 'stepping', text: 'making a container' });
    expect(screen(making.state)).toContain('making a container …  Esc gives it up');
    expect(after(making.state, key('Esc')).effects).toEqual([{ do: 'give-up' }]);
  });

  test('shows letters, sizes and the tree; folds; opens the difference above it and comes back', () => {
    const { state } = after(first(), heard());
    expect(screen(state)).toMatch(/Changes of container tried ─+ +3 changes: \+2 ~0 -1/);
    expect(screen(state)).toMatch(/\+ +10 B +b\n/);
    expect(screen(state)).toMatch(/- +5 B +\/z/);
    expect(screen(after(state, ...keys('g', 'Space')).state)).not.toContain('20 B      d');
    const open = after(state, ...keys('G', 'd'));
    expect(open.effects.at(-1)).toMatchObject({ do: 'container-difference', change: { path: '/z' } });
    expect(screen(open.state)).toContain('Difference of /z');
    expect(screen(after(open.state, key('q')).state)).toContain('Changes of container tried');
    const help = after(state, key('?')).state;
    expect(screen(help)).toContain('Make an image of it');
    expect(screen(after(help, key('Esc')).state)).toContain('Changes of container tried');
  });

  test('/ narrows as one types; D asks first; K comes back to a container that was left', () => {
    const { state } = after(first(), heard());
    expect(screen(after(state, ...keys('/', 'z')).state)).not.toContain('20 B');
    const asked = after(state, key('D'));
    expect(screen(asked.state)).toContain('remove container tried with all that it wrote?');
    expect(after(asked.state, key('n')).effects).toEqual([]);
    expect(after(asked.state, key('y')).effects).toMatchObject([{ do: 'discard', container: 'c1' }]);
    expect(after(state, ...keys('q', 'K')).effects).toMatchObject([
      { do: 'stop' },
      { do: 'changes', container: 'c1' },
    ]);
    expect(screen(after(first(), key('K')).state)).toContain('nothing to commit yet');
  });
});

describe('the page above that of the containers', () => {
  let containers: State;
  beforeAll(() => {
    containers = after(first(), key('p')).state;
  });

  test('a container that is removed leaves it, and what there is then is told again', () => {
    const above = after(containers, heard()).state;
    const id = above.page?.id ?? 0;
    const gone = after(above, { type: 'discarded', id, name: 'tried' });
    expect(gone.state).toMatchObject({ page: { kind: 'containers' }, stepped: undefined });
    expect(gone.effects).toEqual([{ do: 'stop' }, { do: 'watch-containers', id: containers.page?.id }]);
    const left = after(above, key('q'), { type: 'discarded', id, name: 'tried' }).state;
    expect(left).toMatchObject({ page: { kind: 'containers' }, stepped: undefined });
  });

  test('the row of the cursor is seen when the screen got smaller under a difference', () => {
    const many = Array.from({ length: 40 }, (_, i) => change(`/f${String(i).padStart(2, '0')}`, 1));
    const list = after(containers, heard(many), ...keys('G', 'd')).state;
    const back = after(list, { type: 'resize', width: 40, height: 12 }, key('q')).state;
    expect(screen(back)).toContain('f39');
  });
});

describe('the form of a commit', () => {
  const form = (...actions: Action[]) => after(first(), heard(), key('K'), ...actions);
  const seen = (state: State): Action => ({
    type: 'previewed',
    id: state.page?.id ?? 0,
    preview: PREVIEW,
  });
  const picked = ({ effects }: { effects: readonly Effect[] }): string[] => {
    const effect = effects[0];
    return effect.do === 'preview' || effect.do === 'commit' ? [...effect.choice.picked] : [];
  };

  test('begins with everything; Space takes out with all below, a all, and with a filter what fits it', () => {
    expect(picked(form())).toEqual(['/a/b', '/a/c/d', '/z']);
    expect(picked(form(...keys('g', 'Space')))).toEqual(['/z']);
    expect(picked(form(...keys('g', 'Space', 'Space')))).toEqual(['/a/b', '/a/c/d', '/z']);
    expect(picked(form(...keys('a')))).toEqual([]);
    expect(picked(form(...keys('/', 'z', 'Enter', 'a')))).toEqual(['/a/b', '/a/c/d']);
    const some = form(...keys('g', 'j', 'Space')).state;
    expect(screen(some)).toMatch(/\[-\] .*\/a\/\n .*\[ \] \+/);
  });

  test('that was left goes on with the name, the message and the ticks that it had', () => {
    const left = form(...keys('n', 'x', ':', '1', 'Enter', 'm', 'h', 'i', 'Enter', 'g', 'Space', 'q'));
    expect(left.state.page?.changes?.form).toBeUndefined();
    const again = after(left.state, key('K'));
    expect(again.state.page?.changes?.form).toMatchObject({ name: 'x:1', message: 'hi' });
    expect(picked(again)).toEqual(['/z']);
  });

  test('is called what it is', () => {
    const { state } = form();
    expect(rowsOf(state)[1]).toContain('New image of container tried');
    expect(rowsOf(after(state, key('q')).state)[1]).toContain('Changes of container tried');
  });

  test('shows the layer to be, and what it leaves out and why, without a control byte', () => {
    const { state } = form();
    const { state: known } = after(state, seen(state));
    expect(screen(known)).toContain('13: 5 members, 1 whiteout among them, 30 B of content');
    expect(screen(known)).toContain('left out  one\\x1b[2J socket');
  });

  test('Enter asks for a name first, for a taken one twice, then writes; a failure is told and can be tried again', () => {
    const named = form(key('Enter'), ...keys(...Array.from('app:2')), key('Enter'));
    expect(named.effects).toMatchObject([{ do: 'preview', choice: { name: 'app:2' } }]);
    const taken = after(named.state, {
      type: 'previewed',
      id: named.state.page?.id ?? 0,
      preview: { ...PREVIEW, taken: 'sha256:1' },
    }).state;
    const warned = after(taken, key('Enter'));
    expect(warned.effects).toEqual([]);
    expect(screen(warned.state)).toContain('app:2 names an image already');
    const writing = after(warned.state, key('Enter'));
    expect(picked(writing)).toEqual(['/a/b', '/a/c/d', '/z']);
    expect(after(writing.state, key('Enter')).effects).toEqual([]);
    expect(after(writing.state, key('Esc')).effects).toEqual([{ do: 'give-up' }]);
    const id = writing.state.page?.id ?? 0;
    const failed = after(writing.state, { type: 'uncommitted', id, problem: ['disk full', 'make room'] });
    expect(screen(failed.state)).toContain('stopped   disk full; make room');
    expect(after(failed.state, key('Enter')).effects).toMatchObject([{ do: 'commit' }]);
    const done = after(writing.state, {
      type: 'committed',
      id,
      done: { reference: 'app:2', digest: 'sha256:2', layer: 'layer 13: 3 members' },
    });
    expect(screen(done.state)).toMatch(/written +app:2\n digest +sha256:2/);
    expect(after(done.state, key('Enter')).effects).toEqual([{ do: 'quit', open: 'store:app:2' }]);
    // What was written is seen until it is left: a key that chooses, or means nothing here, does not put it away.
    for (const chord of ['Space', 'a', 'n', 'S', '1', 'j', 'B', 't'])
      expect(screen(after(done.state, key(chord)).state)).toContain('written   app:2');
    expect(screen(after(done.state, key('n')).state)).toMatch(
      /it is written: Enter explores it, q goes back/,
    );
    expect(screen(after(done.state, key('q')).state)).toContain('Changes of container tried');
  });

  test('nothing ticked is not written; squash and caches are part of the choice; the message too', () => {
    const { state } = form(...keys('n', 'x', 'Enter', 'a'));
    const { state: none } = after(state, {
      type: 'previewed',
      id: state.page?.id ?? 0,
      preview: { ...PREVIEW, number: 0 },
    });
    expect(after(none, key('Enter')).effects).toEqual([]);
    expect(screen(none)).toContain('none: no change is ticked');
    expect(form(...keys('S', 'c', 'm', 'w', 'h', 'y', 'Enter')).effects).toMatchObject([
      { choice: { squash: true, dropCaches: true, message: 'why' } },
    ]);
  });

  test('40x12 shows name, layer and changes; hostile names shift no column', () => {
    const hostile = [change('/evil\x1b]0;x\x07\u202e/\u{1f600}\u009b', 1), change('/漢字'.repeat(30), 1)];
    const { state } = after(first(), heard(hostile), key('K'), { type: 'resize', width: 40, height: 12 });
    expect(rowsOf(state)).toHaveLength(12);
    expect(screen(state)).toMatch(/name[^]*layer[^]*\[x\]/);
    expect(screen(after(state, ...keys('g')).state)).toContain('evil\\x1b');
  });
});
