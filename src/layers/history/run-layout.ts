import { hasLineBreak, jsonList, type Escape } from './dockerfile-words.js';

/** How a RUN (or the shell form of CMD and ENTRYPOINT) is to be written. */
export interface RunForm {
  /** The shell the command was given to. */
  readonly shell: readonly string[];
  /** The shell in force at that place of the Dockerfile (`SHELL`, or the default). */
  readonly active: readonly string[];
  readonly escape: Escape;
}

/** Longest line before a command is broken although its author gave no sign where. */
const WIDTH = 100;

/**
 * Returns what follows `RUN ` so that a builder gives exactly this command to exactly this shell: the shell form over
 * several lines where that is possible, a here-document for a command of several lines, else the exec form.
 */
export function layOutRun(command: string, form: RunForm): string {
  if (form.shell.join(' ') !== form.active.join(' ')) return jsonList([...form.shell, command]);
  if (hasLineBreak(command)) return layOutLines(command) ?? jsonList([...form.shell, command]);
  return isPlainShellForm(command, form.escape)
    ? breakLines(command, form.escape)
    : jsonList([...form.shell, command]);
}

/** True when a Dockerfile line `RUN <command>` is read back as this command in the shell form. */
export function isPlainShellForm(command: string, escape: Escape): boolean {
  return (
    command !== '' &&
    command.trim() === command &&
    !hasLineBreak(command) &&
    !command.endsWith(escape) &&
    !command.startsWith('--') &&
    !command.startsWith('[') &&
    !opensHeredoc(command)
  );
}

/** True when BuildKit might take a word of the line for the start of a here-document (parser.ParseHeredoc). */
export function opensHeredoc(line: string): boolean {
  return line.includes('<<') && line.split(/[\s\x85]+/).some((word) => /^\d*<<-?[^<]+$/.test(word));
}

/**
 * The first line of a command that feeds one here-document to a program. Quotes, escapes and substitutions are left
 * out: with them a shell, BuildKit and we could differ on where the document ends.
 */
const HEREDOC_HEAD = /^(?!<<|--|\[)[^"'\\`#<()\n]*[ \t]\d*<<(-?)(["']?)(\w+)\2(?:[ \t][^"'\\`#<()\n]*)?$/;

/** A command of several lines: itself a shell here-document that closes, or wrapped in one. */
function layOutLines(command: string): string | undefined {
  if (command.includes('\r')) return undefined;
  const lines = command.split('\n');
  const head = HEREDOC_HEAD.exec(lines[0]);
  if (head === null) return wrapHeredoc(command);
  const ends = lines.findIndex(
    (line, i) => i > 0 && (head[1] === '-' ? line.replace(/^\t+/, '') : line) === head[3],
  );
  return ends === lines.length - 1 ? command : wrapHeredoc(command);
}

/** Returns `<<EOF`, the text and `EOF`, with a delimiter that no line of the text equals. */
export function wrapHeredoc(text: string): string | undefined {
  // BuildKit runs a document that starts with #! as a program, not in the shell.
  if (text.startsWith('#!')) return undefined;
  const lines = new Set(text.split('\n').map((line) => line.trim()));
  let delimiter = 'EOF';
  for (let i = 2; lines.has(delimiter); i++) delimiter = `EOF${String(i)}`;
  return `<<${delimiter}\n${text.endsWith('\n') ? text : `${text}\n`}${delimiter}`;
}

/**
 * Breaks a command over lines. A builder joins continued lines without adding anything, so breaking inside a run of
 * blanks (what is left of the author's own line ends) gives back the very same command; only where there is no such
 * run is indentation added, and that outside quotes, before `&&` or after `;`.
 */
export function breakLines(command: string, escape: Escape): string {
  const marks = scanShell(command);
  const authors = marks.filter((mark) =>
    mark.end - mark.start > 1 ? !mark.quoted || mark.tab : mark.tab && !mark.quoted,
  );
  if (authors.length > 0) return breakAt(command, authors, escape, '');
  if (command.length <= WIDTH) return command;
  const ours = marks.filter(
    (mark) =>
      !mark.quoted &&
      (/^(?:&&|\|\|) /.test(command.slice(mark.end, mark.end + 3)) || command[mark.start - 1] === ';'),
  );
  return breakAt(command, ours, escape, '    ');
}

function breakAt(command: string, marks: readonly Blank[], escape: Escape, indent: string): string {
  let out = '';
  let from = 0;
  for (const mark of marks) {
    if (startsComment(command, mark.end) || command[mark.start - 1] === escape) continue;
    const cut = command[mark.start] === ' ' ? mark.start + 1 : mark.start;
    out += `${command.slice(from, cut)}${escape}\n${indent}`;
    from = cut;
  }
  return out + command.slice(from);
}

/** A continued line that starts with # is dropped as a comment; Go's idea of blanks counts. True also when in doubt. */
function startsComment(command: string, at: number): boolean {
  for (let i = at; i < at + 16; i++) {
    if (i >= command.length || command[i] === '#') return true;
    if (!/[\s\x85]/.test(command[i])) return false;
  }
  return true;
}

/** Returns a command on one line with the runs of blanks outside quotes made one space. */
export function collapseBlanks(command: string): string {
  let out = '';
  let from = 0;
  for (const blank of scanShell(command)) {
    if (blank.quoted) continue;
    out += `${command.slice(from, blank.start)} `;
    from = blank.end;
  }
  return out + command.slice(from);
}

interface Blank {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  readonly tab: boolean;
}

/** Finds the runs of blanks of a shell command and whether each is inside quotes, a substitution or a comment. */
function scanShell(command: string): Blank[] {
  const blanks: Blank[] = [];
  let quote = '';
  for (let i = 0; i < command.length; i++) {
    const char = command[i];
    if (char === ' ' || char === '\t') {
      let end = i + 1;
      let tab = char === '\t';
      for (; command[end] === ' ' || command[end] === '\t'; end++) tab ||= command[end] === '\t';
      blanks.push({ start: i, end, quoted: quote !== '', tab });
      i = end - 1;
    } else if (char === '\\' && quote !== "'") i += 1;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'" || char === '`')) quote = char;
    else if (quote === '' && char === '#' && (i === 0 || command[i - 1] === ' ')) break;
  }
  return blanks;
}
