import type { GrepLine, GrepResult } from '../../layers/search/grep.js';
import type { Pattern } from '../../layers/search/regex.js';
import type { SearchedFile } from '../../layers/search/searched.js';
import { escapeForTerminal } from '../../report/escape.js';
import { type JsonList, nameJson } from '../../report/json.js';
import { matchLine } from '../../report/match.js';
import { textWidth } from '../../report/width.js';
import type { Context } from '../program/context.js';

/** Matches emphasised in one line. */
const SPANS = 1000;

/** How matches are shown. */
export interface MatchStyle {
  readonly pattern: Pattern;
  readonly mode: 'lines' | 'counts' | 'paths';
  readonly numbers: boolean;
  readonly text: boolean;
  /** Paths are told with the layer that holds them. */
  readonly versions: boolean;
}

/** Writes what is found of one file. */
export interface MatchPrinter {
  lines(file: SearchedFile, lines: readonly GrepLine[]): Promise<void>;
  end(file: SearchedFile, result: GrepResult): Promise<void>;
}

/** Writes `path:12:text`, as grep(1) has it. */
export function textMatches({ output, terminal }: Context, how: MatchStyle): MatchPrinter {
  const { palette, width, isTTY } = terminal.stdout;
  const name = (file: SearchedFile): string =>
    `${how.versions ? `@${file.layer}:` : ''}${escapeForTerminal(file.path)}`;
  const label = (file: SearchedFile): string => palette.path(name(file));
  return {
    async lines(file, lines) {
      for (const { number, offset, text, part } of lines) {
        const place = how.numbers ? `${number}:` : '';
        const room = isTTY && width !== undefined ? textRoom(width, name(file), place) : undefined;
        const spans = palette.level === 0 && room === undefined ? [] : how.pattern.spans(text, SPANS, part);
        const cut = {
          before: (part?.offset ?? offset) > offset,
          after: (part?.until ?? Infinity) < Infinity,
        };
        const line = matchLine(text, { palette, spans, width: room, ellipsis: terminal.ellipsis, cut });
        await output.write(`${label(file)}:${palette.dim(place)}${line}\n`);
      }
    },
    async end(file, { count, binary }) {
      if (how.mode === 'paths') await output.write(`${label(file)}\n`);
      else if (how.mode === 'counts') await output.write(`${label(file)}:${count}\n`);
      else if (binary && !how.text)
        await output.write(`${label(file)}: ${palette.dim('binary file matches')}\n`);
    },
  };
}

/** Columns left for the line: at least as many as show the match. */
function textRoom(width: number, name: string, place: string): number {
  return Math.max(60, width - textWidth(name) - place.length - 1);
}

/** As items of a list that the caller begins and ends. */
export function jsonMatches({ output }: Context, list: JsonList, how: MatchStyle): MatchPrinter {
  const fields = ({ path, layer, live }: SearchedFile): object => ({ ...nameJson(path), layer, live });
  return {
    async lines(file, lines) {
      for (const { number, offset, text, part } of lines)
        await output.write(
          list.item({
            ...fields(file),
            line: number,
            offset,
            text,
            ...(part && { textOffset: part.offset }),
          }),
        );
    },
    async end(file, { count, binary }) {
      if (how.mode !== 'lines') await output.write(list.item({ ...fields(file), count, binary }));
      else if (binary && !how.text) await output.write(list.item({ ...fields(file), binary: true }));
    },
  };
}
