import { fail } from '../../model/error.js';

/** Signals of Linux on x86 and ARM by number (signal(7)); SIGCLD, SIGIOT and SIGPOLL are second names. */
const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const SECOND: ReadonlyMap<string, number> = new Map([
  ['IOT', 6],
  ['CLD', 17],
  ['POLL', 29],
  ['UNUSED', 31],
]);
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

const SIGTERM = 15;

/** Returns the number of a signal: `15`, `TERM`, `sigterm`, `RTMIN+3`, `SIGRTMAX-1`. Throws E_USAGE. */
export function parseSignal(text: string): number {
  const number = signalNumber(text);
  return (
    number ??
    fail('E_USAGE', `reading the signal '${text}': Linux has none of that name`, {
      hint: 'write a name such as SIGTERM or a number from 1 to 64',
    })
  );
}

/** Returns the signal that asks the container to stop: the flag's, else the image's if it is one, else SIGTERM. */
export function stopSignal(flag: string | undefined, image: string): number {
  if (flag !== undefined) return parseSignal(flag);
  return signalNumber(image) ?? SIGTERM;
}

function signalNumber(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return inRange(Number(text));
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realtime !== null) {
    const [base, sign, offset] = [realtime[1], realtime.at(2), realtime.at(3)];
    if (sign !== undefined && (sign === '+') !== (base === 'MIN')) return undefined;
    const distance = offset === undefined ? 0 : Number(offset);
    const number = base === 'MIN' ? FIRST_REALTIME + distance : LAST_REALTIME - distance;
    return number >= FIRST_REALTIME && number <= LAST_REALTIME ? number : undefined;
  }
  const at = NAMES.indexOf(name);
  return at >= 0 ? at + 1 : SECOND.get(name);
}

function inRange(number: number): number | undefined {
  return number >= 1 && number <= LAST_REALTIME ? number : undefined;
}
