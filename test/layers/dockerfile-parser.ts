/**
 * A Dockerfile parser by the letter of the reference (docs.docker.com/reference/dockerfile) and of BuildKit's
 * frontend/dockerfile/parser: directives, comments, continued lines, here-documents, words. The second opinion for what
 * we write; it shares nothing with src.
 */
export interface ParsedInstruction {
  readonly keyword: string;
  /** All after the keyword, continued lines joined. */
  readonly rest: string;
  readonly heredocs: readonly { readonly name: string; readonly content: string }[];
}

export interface ParsedDockerfile {
  readonly directives: ReadonlyMap<string, string>;
  readonly instructions: readonly ParsedInstruction[];
}

const KEYWORDS =
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  );

/** Throws an Error for what a builder would refuse. */
export function parseDockerfile(text: string): ParsedDockerfile {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const directives = new Map<string, string>();
  let at = 0;
  for (; at < lines.length; at++) {
    const directive = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(lines[at]);
    if (directive === null) break;
    directives.set(directive[1].toLowerCase(), directive[2]);
  }
  const escape = directives.get('escape') ?? '\\';
  const instructions: ParsedInstruction[] = [];
  while (at < lines.length) {
    let line = lines[at++].trimStart();
    if (line === '' || line.startsWith('#')) continue;
    for (;;) {
      const stripped = line.replace(/[ \t]+$/, '');
      if (!stripped.endsWith(escape) || stripped.endsWith(escape + escape)) break;
      line = stripped.slice(0, -1);
      while (at < lines.length && /^[\s\x85]*(#.*)?$/.test(lines[at])) at += 1;
      if (at >= lines.length) throw new Error('the last line is continued');
      line += lines[at++];
    }
    const split = /^(\S+)(?:\s+([\s\S]*))?$/.exec(line.trim());
    const keyword = split?.[1] ?? '';
    const rest = split?.[2] ?? '';
    if (!KEYWORDS.includes(keyword)) throw new Error(`unknown instruction: ${keyword}`);
    if (rest === '') throw new Error(`${keyword} without an operand`);
    const heredocs: { name: string; content: string }[] = [];
    const trigger = /^(?:ONBUILD\s+)?(RUN|COPY|ADD)\s+([\s\S]*)$/i.exec(`${keyword} ${rest}`);
    // parser.go canContainHeredoc: not in a JSON list.
    if (trigger !== null && jsonForm(trigger[2]) === undefined)
      for (const word of words(rest, escape, true)) {
        const opened = /^\d*<<(-?)([^<]+)$/.exec(word);
        if (opened === null) continue;
        const name = opened[2].replace(/^(["'])(.*)\1$/, '$2');
        let content = '';
        for (; ; at++) {
          if (at >= lines.length) throw new Error(`here-document ${name} is not closed`);
          if ((opened[1] === '-' ? lines[at].replace(/^\t+/, '') : lines[at]) === name) break;
          content += `${lines[at]}\n`;
        }
        at += 1;
        heredocs.push({ name, content });
      }
    instructions.push({ keyword, rest, heredocs });
  }
  if (instructions.at(0)?.keyword !== 'FROM') throw new Error('the first instruction is not FROM');
  return { directives, instructions };
}

/** Words at blanks outside quotes; `raw` keeps the quotes, else a variable is an error: nothing of ours is one. */
function words(text: string, escape: string, raw = false, split = true): string[] {
  const out: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (split && quote === '' && /[\s\x85]/.test(char)) {
      if (word !== undefined) out.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (raw) word += char;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === escape && quote !== "'" && i + 1 < text.length) {
      const next = text[++i];
      if (raw) word += next;
      else word += quote === '' || [escape, '"', '$'].includes(next) ? next : char + next;
    } else if (!raw) {
      if (char === '$' && quote !== "'" && /[\w{]/.test(text.charAt(i + 1)))
        throw new Error(`a variable in ${text}`);
      word += char;
    }
  }
  if (quote !== '' && !raw) throw new Error(`unterminated quote in ${text}`);
  if (word !== undefined) out.push(word);
  return out;
}

/** The one word that the rest of a line is for USER and WORKDIR. */
export function wholeWord(text: string, escape: string): string {
  return words(text, escape, false, false).join('');
}

/** The pairs of ENV, LABEL and ARG. */
export function pairs(text: string, escape: string): [string, string | undefined][] {
  return words(text, escape).map((word) => {
    const equals = word.indexOf('=');
    return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** A JSON list of strings, or undefined for the shell form. */
export function jsonForm(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The arguments a container is started with for RUN, CMD or ENTRYPOINT. */
export function argumentsOf(instruction: ParsedInstruction, shell: readonly string[]): readonly string[] {
  const { rest, heredocs } = instruction;
  const list = jsonForm(rest);
  if (list !== undefined) return list;
  if (rest.startsWith('--')) throw new Error(`a flag in ${rest}`);
  if (heredocs.length === 0) return [...shell, rest];
  if (/^\d*<<-?\S+$/.test(rest)) return [...shell, heredocs[0].content];
  return [...shell, [rest, ...heredocs.map((doc) => doc.content + doc.name)].join('\n')];
}
