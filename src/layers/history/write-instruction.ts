import { escapeWord, hasLineBreak, jsonList, oneLine, quoteWord, type Escape } from './dockerfile-words.js';
import { healthcheckText } from './healthcheck.js';
import type { Copied, Instruction } from './instruction.js';
import { breakLines, isPlainShellForm, layOutRun, opensHeredoc, wrapHeredoc } from './run-layout.js';

/** A line of a reconstructed Dockerfile before it has its layer. */
export interface Written {
  /** One instruction or one comment; several lines only for a continued RUN, ENV or LABEL and for a here-document. */
  readonly text: string;
  readonly confidence: 'exact' | 'likely' | 'guess';
  /** What is not known of it, in one line. */
  readonly note?: string;
}

export interface WriteContext {
  readonly escape: Escape;
  /** The shell in force (`SHELL`, or the default). */
  readonly shell: readonly string[];
  readonly layer: number | undefined;
}

/** Where the sources stand in for what no history records. */
const PLACEHOLDER = 'unknown-source';

/** Returns the instruction as a Dockerfile line; a comment where no Dockerfile can express it. Never throws. */
export function writeInstruction(instruction: Instruction, context: WriteContext): Written {
  const written = write(instruction, context);
  if (written === undefined) return comment(instruction, 'not expressible in a Dockerfile');
  return written;
}

function write(instruction: Instruction, context: WriteContext): Written | undefined {
  const { keyword, body, source, list } = instruction;
  if (keyword === 'RUN') return writeRun(instruction, context);
  if (keyword === 'UNKNOWN' || keyword === 'FROM-guess' || keyword === 'FROM')
    return writeUnknown(instruction, context);
  if (hasLineBreak(body) || body === '') return undefined;
  if (keyword === 'COPY' || keyword === 'ADD') return writeCopy(instruction, context);
  if (source && keyword !== 'ONBUILD') return exact(`${keyword} ${body}`, context.escape);
  switch (keyword) {
    case 'ENV':
    case 'LABEL':
    case 'ARG':
      return writePairs(instruction, context.escape);
    case 'CMD':
    case 'ENTRYPOINT':
      return list === undefined
        ? undefined
        : exact(`${keyword} ${commandForm(list, context)}`, context.escape);
    case 'SHELL':
      return list === undefined ? undefined : exact(`SHELL ${jsonList(list)}`, context.escape);
    case 'EXPOSE':
      if (list === undefined || list.length === 0 || !list.every((port) => /^[\w./:-]+$/.test(port)))
        return undefined;
      return exact(instruction.text, context.escape);
    case 'VOLUME':
      return exact(
        list === undefined ? instruction.text : `VOLUME ${volumes(list, context.escape)}`,
        context.escape,
      );
    case 'USER':
    case 'STOPSIGNAL':
    case 'WORKDIR':
      return exact(`${keyword} ${escapeWord(body, context.escape)}`, context.escape);
    case 'HEALTHCHECK':
      return instruction.healthcheck === undefined
        ? undefined
        : exact(`HEALTHCHECK ${healthcheckText(instruction.healthcheck)}`, context.escape);
    case 'ONBUILD':
      return opensHeredoc(body) ? undefined : exact(`ONBUILD ${body}`, context.escape);
    case 'MAINTAINER':
      return exact(`MAINTAINER ${body}`, context.escape);
  }
}

/** A line that ends with the escape character would swallow the next one. */
function exact(text: string, escape: Escape): Written | undefined {
  return text.trimEnd().endsWith(escape) || hasLineBreak(text) ? undefined : { text, confidence: 'exact' };
}

/** Returns a comment that holds the instruction, on one line. */
function comment(instruction: Instruction, why: string): Written {
  const text =
    instruction.keyword === 'UNKNOWN' ? instruction.body : `${instruction.keyword} ${instruction.body}`;
  return { text: `# ${oneLine(text.trim())}`, confidence: 'guess', note: why };
}

function writeRun(instruction: Instruction, context: WriteContext): Written | undefined {
  const { command, list, source, shell } = instruction;
  if (command === undefined || command.trim() === '') return undefined;
  const flags = instruction.mounts.map((flag) => `${flag} `).join('');
  if (hasLineBreak(flags)) return undefined;
  if (list !== undefined) return { text: `RUN ${flags}${jsonList(list)}`, confidence: 'exact' };
  if (source) return writeSourceRun(command, flags, context);
  if (shell === undefined) return writeExec(command, flags);
  const text = `RUN ${flags}${layOutRun(command, { shell, active: context.shell, escape: context.escape })}`;
  return { text, confidence: 'exact' };
}

function writeSourceRun(command: string, flags: string, context: WriteContext): Written | undefined {
  if (!command.includes('\n')) {
    const text = `RUN ${flags}${breakLines(command, context.escape)}`;
    return opensHeredoc(command) || text.trimEnd().endsWith(context.escape)
      ? undefined
      : { text, confidence: 'exact' };
  }
  // buildah keeps the first line and the documents, but not the line that ends them.
  const head = /^<<-?(["']?)\w+\1[ \t]*\n/.exec(command);
  const script = head === null ? undefined : wrapHeredoc(command.slice(head[0].length));
  const shell = context.shell;
  return {
    text: `RUN ${flags}${script ?? layOutRun(command, { shell, active: shell, escape: context.escape })}`,
    confidence: script === undefined ? 'guess' : 'likely',
    ...(script === undefined ? { note: 'a here-document whose end the history does not show' } : {}),
  };
}

function writeExec(command: string, flags: string): Written {
  const words = command.split(' ');
  const note = command.startsWith('/dev/pipes/')
    ? 'a here-document with its own interpreter; its text is not in the history'
    : 'the exec form; where its arguments end is a guess';
  return words.length === 1 && !command.startsWith('/dev/pipes/')
    ? { text: `RUN ${flags}${jsonList(words)}`, confidence: 'likely' }
    : { text: `RUN ${flags}${jsonList(words)}`, confidence: 'guess', note };
}

function writeCopy(instruction: Instruction, context: WriteContext): Written | undefined {
  const { copied, keyword, body, source } = instruction;
  if (copied === undefined || copied.dest === '') return undefined;
  if (copied.checksum !== undefined) {
    const [kind, hash] = copied.checksum.split(':');
    const place = `${PLACEHOLDER}/${copied.kind}-${hash.slice(0, 12)}${copied.kind === 'file' ? '' : '/'}`;
    const from =
      copied.kind === 'multi' ? 'several sources' : copied.kind === 'dir' ? 'a directory' : 'a file';
    const dest = copied.kind === 'multi' && !copied.dest.endsWith('/') ? `${copied.dest}/` : copied.dest;
    const text = `${keyword} ${[...copied.flags, ...operands([place], dest, context.escape)].join(' ')}`;
    return { text, confidence: 'guess', note: `${from} of unknown name; its checksum: ${kind}:${hash}` };
  }
  if (copied.sources.length === 0) return undefined;
  if (source && !opensHeredoc(body)) {
    const note =
      copied.from === undefined ? undefined : 'another stage or image; stages are not part of an image';
    const written = exact(`${keyword} ${body}`, context.escape);
    return written === undefined || note === undefined ? written : { ...written, confidence: 'likely', note };
  }
  return writeNamedCopy(keyword, copied, context);
}

function writeNamedCopy(keyword: string, copied: Copied, context: WriteContext): Written {
  const heredocs = copied.sources.some((path) => path.startsWith('<<'));
  const sources = copied.sources.map((path) =>
    path.startsWith('<<') ? `${PLACEHOLDER}/${path.replace(/^<<-?/, '').replace(/\W/g, '')}` : path,
  );
  const text = `${keyword} ${[...copied.flags, ...operands(sources, copied.dest, context.escape)].join(' ')}`;
  if (heredocs)
    return { text, confidence: 'guess', note: 'the source was a here-document; its text is in the layer' };
  if (sources.some((path) => path.startsWith('/')) && keyword === 'COPY')
    return {
      text,
      confidence: 'guess',
      note: 'an absolute source is often one of another stage (--from is not recorded)',
    };
  return { text, confidence: 'likely' };
}

/** Sources and destination as words, or as a JSON list when one has a blank. */
function operands(sources: readonly string[], dest: string, escape: Escape): string[] {
  const words = [...sources, dest].map((word) =>
    /^\d*<</.test(word) ? `"${escapeWord(word, escape)}"` : escapeWord(word, escape),
  );
  // BuildKit also splits at U+0085, which is no blank to JavaScript.
  const blank = words.some((word) => /[\s\x85[]/.test(word)) || words.at(-1)?.endsWith(escape) === true;
  return blank ? [jsonList(words)] : words;
}

function writePairs(instruction: Instruction, escape: Escape): Written | undefined {
  const { keyword, pairs } = instruction;
  if (pairs.length === 0) return undefined;
  const words: string[] = [];
  for (const [name, value] of pairs) {
    if (keyword !== 'LABEL' && /[\s"'\\$`=]/.test(name)) return undefined;
    const key = keyword === 'LABEL' ? quoteWord(name, escape) : name;
    words.push(value === undefined ? key : `${key}=${quoteWord(value, escape)}`);
  }
  const line = `${keyword} ${words.join(' ')}`;
  if (hasLineBreak(line)) return undefined;
  const text = line.length > 100 ? `${keyword} ${words.join(` ${escape}\n    `)}` : line;
  return { text, confidence: 'exact' };
}

/** The shell form where the list is just what it gives, as people write it; else JSON. */
function commandForm(list: readonly string[], context: WriteContext): string {
  const text = list[context.shell.length];
  const shell =
    list.length === context.shell.length + 1 && context.shell.every((word, i) => list[i] === word);
  return shell && isPlainShellForm(text, context.escape) ? text : jsonList(list);
}

function volumes(list: readonly string[], escape: Escape): string {
  const words = list.map((path) => escapeWord(path, escape));
  return words.every((word) => /^[\w./:-]+$/.test(word)) ? words.join(' ') : jsonList(words);
}

function writeUnknown(instruction: Instruction, context: WriteContext): Written {
  if (context.layer === undefined) return comment(instruction, 'not an instruction of a Dockerfile');
  const what = instruction.body === '' ? instruction.comment : instruction.body;
  const made = what === '' ? 'nothing tells how it was made' : `made by: ${oneLine(what)}`;
  return {
    text: `ADD ${PLACEHOLDER}/layer-${String(context.layer)}.tar /`,
    confidence: 'guess',
    note: made,
  };
}
