import type { CreatedBy, DockerfileKeyword } from './created-by.js';
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
import { healthcheckText, parsePrintedHealthcheck } from './healthcheck.js';
import type { Copied, Instruction, KnownValues } from './instruction.js';

/** Returns what the text behind the keyword says; nothing where it is not what the keyword takes. */
export function readOperand(
  keyword: DockerfileKeyword,
  read: CreatedBy,
  known: KnownValues,
): Partial<Instruction> {
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
  // Builders that print what was written, quotes and all.
  const quoted = !source && !fits(printed, values) ? parseSourcePairs(body) : undefined;
  if (quoted !== undefined && fits(quoted, values)) return { pairs: quoted };
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
