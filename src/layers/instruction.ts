import {
  readCreatedBy,
  type Builder,
  type CreatedBy,
  type DockerfileKeyword,
  type StepHints,
} from './created-by.js';
import {
  escapeWord,
  jsonList,
  parseJsonList,
  parseQuotedList,
  parseSourcePairs,
  quoteWord,
  splitPrintedPairs,
  type Pair,
} from './dockerfile-words.js';
import { collapseBlanks, wrapHeredoc } from './run-layout.js';
import { healthcheckText, parsePrintedHealthcheck, type Healthcheck } from './healthcheck.js';

export type { Builder, StepHints } from './created-by.js';

/** `FROM-guess` is a line that only the maker of a base image writes; `UNKNOWN` is text of another kind of builder. */
export type Keyword = DockerfileKeyword | 'FROM-guess' | 'UNKNOWN';

/** What a COPY or ADD brought in. */
export interface Copied {
  /** `file`, `dir` and `multi` are known by checksum only; `named` has its sources as the Dockerfile had them. */
  readonly kind: 'file' | 'dir' | 'multi' | 'named';
  /** As recorded, with its kind: `file:5056…`; Docker's hash over content and metadata, not a SHA-256 of the bytes. */
  readonly checksum: string | undefined;
  readonly sources: readonly string[];
  readonly dest: string;
  /** The stage or image of `--from`, which only builders that keep source text record. */
  readonly from: string | undefined;
  /** Other flags, whole: `--chown=1000:1000`. */
  readonly flags: readonly string[];
}

/** One step of a history, understood. Every text is the image's own and may hold anything. */
export interface Instruction {
  readonly keyword: Keyword;
  /** The instruction as a person writes it in a Dockerfile; several lines only where `heredoc` is given. */
  readonly text: string;
  /** What followed the keyword, as recorded. */
  readonly body: string;
  /** The body is Dockerfile source (quoted, variables unexpanded), as buildah and kaniko keep it. */
  readonly source: boolean;
  /** RUN: the shell that got `command`; undefined for the exec form, or where the builder does not say. */
  readonly shell: readonly string[] | undefined;
  /** RUN: the command without flags. */
  readonly command: string | undefined;
  /** RUN: the build arguments it could see (`|2 A=1 B=2`). */
  readonly buildArgs: readonly Pair[];
  /** RUN: flags such as `--mount=type=cache,target=/x`, where the builder keeps them (BuildKit does not). */
  readonly mounts: readonly string[];
  /** RUN: the script, when it has several lines and so was a here-document. */
  readonly heredoc: string | undefined;
  /** CMD, ENTRYPOINT, SHELL, EXPOSE, VOLUME: the list. A shell form stays undefined. */
  readonly list: readonly string[] | undefined;
  /** ENV, LABEL, ARG: names and values. */
  readonly pairs: readonly Pair[];
  readonly copied: Copied | undefined;
  readonly healthcheck: Healthcheck | undefined;
  /** FROM and FROM-guess: the image it names or most likely is. */
  readonly base: string | undefined;
  readonly builder: Builder;
  readonly comment: string;
}

/** Settled values of the image that decide what an unquoted line meant. */
export interface KnownValues extends StepHints {
  /** Final environment and labels. */
  readonly values?: ReadonlyMap<string, string>;
}

/**
 * Understands one `created_by` of any builder. Never throws: what is no instruction is UNKNOWN with its text, and a
 * malformed operand stays as it was recorded. Linear in the text.
 */
export function parseInstruction(createdBy: string, known: KnownValues = {}): Instruction {
  const read = readCreatedBy(createdBy, known);
  const comment = known.comment ?? '';
  const plain: Instruction = {
    keyword: read.keyword ?? 'UNKNOWN',
    text:
      read.keyword === undefined
        ? read.body
        : read.body === ''
          ? read.keyword
          : `${read.keyword} ${read.body}`,
    body: read.body,
    source: read.source,
    shell: read.shell,
    command: undefined,
    buildArgs: read.buildArgs,
    mounts: [],
    heredoc: undefined,
    list: undefined,
    pairs: [],
    copied: undefined,
    healthcheck: undefined,
    base: undefined,
    builder: read.builder,
    comment,
  };
  return read.keyword === undefined
    ? readBase(plain)
    : { ...plain, ...readOperand(read.keyword, read, known) };
}

function readOperand(keyword: DockerfileKeyword, read: CreatedBy, known: KnownValues): Partial<Instruction> {
  const { body, source } = read;
  switch (keyword) {
    case 'RUN':
      return readRunOperand(read);
    case 'COPY':
    case 'ADD':
      return readCopy(keyword, body);
    case 'ENV':
    case 'LABEL':
    case 'ARG':
      return readPairs(keyword, body, source, known.values ?? new Map());
    case 'CMD':
    case 'ENTRYPOINT': {
      const list = parseQuotedList(body.replace(/^&\{(.*)\}$/s, '$1'));
      return list === undefined ? {} : { list, text: `${keyword} ${jsonList(list)}` };
    }
    case 'SHELL': {
      const list =
        parseJsonList(body) ??
        known.shells?.find((shell) => `[${shell.join(' ')}]` === body) ??
        bracketed(body);
      return list === undefined ? {} : { list, text: `SHELL ${jsonList(list)}` };
    }
    case 'EXPOSE': {
      const list = (
        /^map\[(.*)\]$/s.exec(body)?.[1].replaceAll(':{}', '').split(' ') ??
        bracketed(body) ??
        body.split(/[ \t]+/)
      ).filter(Boolean);
      return { list, text: `EXPOSE ${list.map((port) => port.replace(/\/tcp$/, '')).join(' ')}` };
    }
    case 'VOLUME': {
      const list = parseJsonList(body) ?? bracketed(body);
      if (list === undefined) return { list: body.split(/[ \t]+/) };
      return {
        list,
        text: `VOLUME ${list.length === 1 && !/[\s[]/.test(list[0]) ? list[0] : jsonList(list)}`,
      };
    }
    case 'USER':
    case 'STOPSIGNAL': {
      const word = bracketed(body)?.join(' ') ?? body;
      return { body: word, text: `${keyword} ${source ? word : escapeWord(word, '\\')}` };
    }
    case 'WORKDIR':
      return { text: `WORKDIR ${source ? body : escapeWord(body, '\\')}` };
    case 'HEALTHCHECK': {
      const healthcheck = parsePrintedHealthcheck(body);
      return healthcheck === undefined
        ? {}
        : { healthcheck, text: `HEALTHCHECK ${healthcheckText(healthcheck)}` };
    }
    case 'FROM':
      return { base: body.split(/[ \t]/)[0] };
    case 'MAINTAINER':
    case 'ONBUILD':
      return {};
  }
}

const RUN_FLAG = /^--(?:mount|network|security|device)=(?:"[^"]*"|\S)+[ \t]+/;

function readRunOperand(read: CreatedBy): Partial<Instruction> {
  let command = read.body.replace(/^[ \t]+/, '');
  const mounts: string[] = [];
  // BuildKit prints what the shell got: neither flags nor a JSON list can be at its start.
  const printed = read.builder === 'buildkit';
  for (let flag = printed ? null : RUN_FLAG.exec(command); flag !== null; flag = RUN_FLAG.exec(command)) {
    mounts.push(flag[0].trim());
    command = command.slice(flag[0].length);
  }
  // buildah adds the checksum of what a bind mount brought in.
  if (mounts.some((flag) => flag.includes('type=bind')))
    command = command.replace(/(?::(?:sha256:)?[0-9a-f]{64})+$/, '');
  const list = parseJsonList(command.trim());
  const lines = command.includes('\n');
  const flags = mounts.map((flag) => `${flag} `).join('');
  if (list !== undefined && !printed)
    return { command, mounts, list, shell: undefined, text: `RUN ${flags}${jsonList(list)}` };
  if (!lines) command = command.trim();
  const text = lines ? (wrapHeredoc(command) ?? command) : collapseBlanks(command);
  return { command, mounts, heredoc: lines ? command : undefined, text: `RUN ${flags}${text}` };
}

const HASHED =
  /^((?:--[a-z]+(?:=\S+)?[ \t]+)*)((file|dir|multi):[0-9a-f]+|[\w.+-]+:[0-9a-f]{32,}) in ([\s\S]*)$/;

function readCopy(keyword: 'COPY' | 'ADD', body: string): Partial<Instruction> {
  const hashed = HASHED.exec(body);
  if (hashed !== null) {
    const flags = hashed[1].split(/[ \t]+/).filter(Boolean);
    const dest = hashed[4].trim();
    const kind = hashed[3] === 'dir' || hashed[3] === 'multi' ? hashed[3] : 'file';
    const copied = { kind, checksum: hashed[2], sources: [], dest, from: undefined, flags } satisfies Copied;
    return { copied, text: `${keyword} ${[...flags, hashed[2]].join(' ')} in ${dest}` };
  }
  const flagText = /^(?:--[a-z-]+(?:=\S+)?[ \t]+)*/.exec(body)?.[0] ?? '';
  const all = flagText.split(/[ \t]+/).filter(Boolean);
  const rest = body.slice(flagText.length).trim();
  const words = parseJsonList(rest) ?? rest.split(/[ \t]+/);
  const from = all.find((flag) => flag.startsWith('--from='))?.slice('--from='.length);
  const flags = all.filter((flag) => !flag.startsWith('--from='));
  const copied = {
    kind: 'named',
    checksum: undefined,
    sources: words.slice(0, -1),
    dest: words.at(-1) ?? '',
    from,
    flags,
  } satisfies Copied;
  return { copied };
}

function readPairs(
  keyword: 'ENV' | 'LABEL' | 'ARG',
  body: string,
  source: boolean,
  values: ReadonlyMap<string, string>,
): Partial<Instruction> {
  if (keyword === 'ARG' && !body.includes('=')) {
    const names = body.split(/[ \t]+/).filter(Boolean);
    return { pairs: names.map((name): Pair => [name, undefined]) };
  }
  const written = source ? parseSourcePairs(body) : undefined;
  // Docker before 1.10 and buildah look alike; what gives the image's final values is right.
  const printed = splitPrintedPairs(body, values);
  if (written !== undefined && !(printed !== undefined && fits(printed, values) && !fits(written, values)))
    return { pairs: written };
  if (printed === undefined) return {};
  const text = printed.map(([name, value]) => `${name}=${quoteWord(value ?? '', '\\')}`).join(' ');
  return { pairs: printed, source: false, text: `${keyword} ${text}` };
}

function fits(pairs: readonly Pair[], values: ReadonlyMap<string, string>): boolean {
  return pairs.every(([name, value]) => values.get(name) === value);
}

/** The items of a list printed by Go's `%v`: `[a b]`. Items with blanks cannot be told apart. */
function bracketed(text: string): string[] | undefined {
  return text.startsWith('[') && text.endsWith(']')
    ? text.slice(1, -1).split(' ').filter(Boolean)
    : undefined;
}

/** Lines that makers of base images write. */
function readBase(plain: Instruction): Instruction {
  const { text } = plain;
  // debuerreotype, the maker of Docker's Debian images: `# debian.sh --arch 'amd64' out/ 'bookworm' '@1734912000'`.
  const debian = /^# ?(debian|ubuntu|raspbian)\.sh --arch '[^']*' (?:\S+\/ )?'([a-z][\w.-]*)'/.exec(text);
  if (debian !== null) return { ...plain, keyword: 'FROM-guess', base: `${debian[1]}:${debian[2]}` };
  if (/^(?:Apply image|Install update) \S+$/.test(text)) return { ...plain, keyword: 'FROM-guess' };
  return plain;
}
