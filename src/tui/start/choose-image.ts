import type { Keymap } from '../keys/keymap.js';
import type { ThemeName } from '../rows/theme.js';
import { openScreen, type ScreenOptions } from '../screen/screen.js';
import type { Action } from '../state/action.js';
import { startFrame } from './start-frame.js';
import { type Chosen, clickedRow, pressed, resizedList, startList, wheeledList } from './start-list.js';
import type { StoredRow } from './stored-row.js';

/** Rows that one notch of the mouse's wheel goes. */
const WHEEL = 3;

export interface ChooseOptions extends ScreenOptions {
  readonly rows: readonly StoredRow[];
  /** The file that holds them; undefined: the store. */
  readonly file?: string | undefined;
  readonly keymap: Keymap;
  readonly theme: ThemeName;
  /** Aborted by a signal to the process. */
  readonly signal: AbortSignal;
}

/**
 * Shows images until one is chosen, and returns how it is opened; undefined when the list is left. The
 * terminal is as it was afterwards. Rejects with the reason of the signal.
 */
export async function chooseImage(options: ChooseOptions): Promise<string | undefined> {
  const { rows, file, keymap, theme, signal } = options;
  signal.throwIfAborted();
  let settle: (image: string | undefined) => void = () => undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const ended = new Promise<string | undefined>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const onAbort = (): void => fail(signal.reason);
  const screen = openScreen(options, (action) => {
    if (action.type === 'key' && keymap.find('start', action.chord)?.action === 'suspend') screen.suspend();
    const next = reduced(action);
    if (next.kind === 'explore') settle(next.image);
    else if (next.kind === 'left') settle(undefined);
    else list = next.list;
    screen.paint(startFrame(list, BigInt(Date.now()) * 1_000_000n), theme);
  });
  let list = startList(rows, screen.size(), keymap, file);
  const reduced = (action: Action): Chosen => {
    switch (action.type) {
      case 'key':
        return pressed(list, action.chord, action.text);
      case 'click':
        return clickedRow(list, action.y);
      case 'wheel':
        return { kind: 'on', list: wheeledList(list, action.down ? WHEEL : -WHEEL) };
      case 'resize':
        return { kind: 'on', list: resizedList(list, action) };
      default:
        return { kind: 'on', list };
    }
  };
  const restore = (): void => screen.close();
  process.prependListener('uncaughtException', restore);
  process.once('exit', restore);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    screen.paint(startFrame(list, BigInt(Date.now()) * 1_000_000n), theme);
    return await ended;
  } finally {
    screen.close();
    signal.removeEventListener('abort', onAbort);
    process.off('uncaughtException', restore);
    process.off('exit', restore);
  }
}
