import type { Pair } from './dockerfile-words.js';
import { matchShell } from './shell-prefix.js';

/** The tool that wrote a step of a history. */
export type Builder =
  | 'classic'
  | 'buildkit'
  | 'buildah'
  | 'kaniko'
  | 'bazel'
  | 'ko'
  | 'jib'
  | 'nix'
  | 'apko'
  | 'umoci'
  | 'crane'
  | 'buildpacks'
  | 'debuerreotype'
  | 'unknown';

/** What else is known of the step; each makes the reading surer. */
export interface StepHints {
  readonly comment?: string;
  readonly author?: string;
  /** Shells that the image is known to use (`SHELL`), beside the usual ones. */
  readonly shells?: readonly (readonly string[])[];
}

const KEYWORDS = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const;

export type DockerfileKeyword = (typeof KEYWORDS)[number];

/** A `created_by` with the builder's own wrapping taken off. */
export interface CreatedBy {
  /** Undefined when it is no Dockerfile instruction. */
  readonly keyword: DockerfileKeyword | undefined;
  readonly builder: Builder;
  /** What follows the keyword; for RUN the command without build arguments and shell. */
  readonly body: string;
  /** The body is Dockerfile source as written (quotes kept, variables not expanded), not a printed value. */
  readonly source: boolean;
  /** RUN: the shell that got the command; undefined for the exec form. */
  readonly shell: readonly string[] | undefined;
  readonly buildArgs: readonly Pair[];
}

const BUILDKIT_MARK = ' # buildkit';
const NOP = '#(nop)';

/**
 * Takes the wrapping off a `created_by`: `/bin/sh -c #(nop)  CMD ["sh"]` (Docker's classic builder), `RUN /bin/sh -c
 * … # buildkit` (BuildKit, dockerfile2llb commitToHistory), `|1 A=b /bin/sh -c …` (build arguments, all of them), the
 * source text of buildah and kaniko. Never throws; what is not understood comes back whole, without a keyword.
 */
export function readCreatedBy(createdBy: string, hints: StepHints): CreatedBy {
  const text = createdBy.trim();
  const marked = createdBy.trimEnd().endsWith(BUILDKIT_MARK);
  const keyword = readKeyword(text);
  if (keyword !== undefined) {
    const body = marked ? keyword.body.slice(0, -BUILDKIT_MARK.length) : keyword.body;
    return readPlain(keyword.name, body, marked, hints);
  }
  const nop = readNop(text, hints);
  if (nop !== undefined) return nop;
  const run = readRun(marked ? text.slice(0, -BUILDKIT_MARK.length) : text, hints.shells ?? []);
  if (run.shell !== undefined || run.buildArgs.length > 0) {
    const buildah = isBuildahComment(hints.comment);
    return {
      keyword: 'RUN',
      builder: marked ? 'buildkit' : buildah ? 'buildah' : 'classic',
      source: buildah,
      ...run,
    };
  }
  return {
    keyword: undefined,
    builder: otherBuilder(text, hints),
    body: text,
    source: false,
    shell: undefined,
    buildArgs: [],
  };
}

function readKeyword(text: string): { name: DockerfileKeyword; body: string } | undefined {
  const word = /^[A-Z]{3,11}(?=[ \t]|$)/.exec(text)?.[0];
  const name = KEYWORDS.find((keyword) => keyword === word);
  return name === undefined ? undefined : { name, body: text.slice(name.length).replace(/^[ \t]+/, '') };
}

/** True for the comment buildah gives a step: the image it was built from. */
export function isBuildahComment(comment: string | undefined): boolean {
  return comment !== undefined && /^FROM \S+$/.test(comment);
}

/** `SHELL #(nop) KEYWORD …`: metadata steps of the classic builder and all but RUN of buildah. */
function readNop(text: string, hints: StepHints): CreatedBy | undefined {
  const at = text.indexOf(NOP);
  if (at < 0) return undefined;
  const prefix = text.slice(0, at).trim();
  const after = text.slice(at + NOP.length);
  const keyword = readKeyword(after.trim());
  if (keyword === undefined) return undefined;
  const { name, body } = keyword;
  const shell = prefix === '' ? undefined : matchShell(`${prefix} `, hints.shells ?? []);
  if (prefix !== '' && shell?.rest !== '' && /["'`\n]/.test(prefix)) return undefined;
  const copies = name === 'COPY' || name === 'ADD';
  // Two spaces are Docker's since 1.10; one space is buildah's, or an older Docker's, whose lists are Go's.
  const older = /^&\{|^map\[|^\["(?:[^"\\]|\\.)*" "/.test(body);
  const buildah = isBuildahComment(hints.comment) || (!copies && !after.startsWith('  ') && !older);
  return {
    keyword: name,
    builder: buildah ? 'buildah' : 'classic',
    body,
    source: buildah && !copies,
    shell: shell?.shell,
    buildArgs: [],
  };
}

/** A line that starts with the keyword: BuildKit's, or source text as kaniko keeps it. */
function readPlain(keyword: DockerfileKeyword, body: string, marked: boolean, hints: StepHints): CreatedBy {
  const buildkit = marked || hints.comment?.startsWith('buildkit') === true;
  if (keyword === 'RUN') {
    const run = readRun(body, hints.shells ?? []);
    if (buildkit || run.shell !== undefined || run.buildArgs.length > 0)
      return { keyword, builder: 'buildkit', source: false, ...run };
    return { keyword, builder: 'kaniko', body, source: true, shell: undefined, buildArgs: [] };
  }
  const copies = keyword === 'COPY' || keyword === 'ADD';
  const kaniko = !buildkit && (hints.author === 'kaniko' || copies);
  return {
    keyword,
    builder: kaniko ? 'kaniko' : 'buildkit',
    body: body.trim(),
    source: kaniko,
    shell: undefined,
    buildArgs: [],
  };
}

interface Run {
  readonly body: string;
  readonly shell: readonly string[] | undefined;
  readonly buildArgs: readonly Pair[];
}

function readRun(text: string, shells: readonly (readonly string[])[]): Run {
  const count = /^\|(\d{1,4}) /.exec(text);
  if (count !== null) {
    const run = readBuildArgs(text.slice(count[0].length), Number(count[1]), shells);
    if (run !== undefined) return run;
  }
  const shell = matchShell(text, shells);
  return { body: shell?.rest ?? text, shell: shell?.shell, buildArgs: [] };
}

/**
 * `A=1 B=two words /bin/sh -c command`. Docker counts the arguments, buildah the words they have, and neither quotes;
 * so first the given number of words is tried, then the end is where a shell begins.
 */
function readBuildArgs(text: string, count: number, shells: readonly (readonly string[])[]): Run | undefined {
  const words: string[] = [];
  let at = 0;
  let end = -1;
  for (let steps = 0; at < text.length; steps++) {
    if (steps >= count) {
      const shell = matchShell(text.slice(at, at + 4096), shells);
      if (shell !== undefined) {
        end = at;
        break;
      }
      if (steps > count + 4096) break;
    }
    const space = text.indexOf(' ', at);
    if (space < 0) break;
    words.push(text.slice(at, space));
    at = space + 1;
  }
  if (end < 0) {
    words.length = Math.min(words.length, count);
    if (words.length < count || !words.every((word) => ASSIGNMENT.test(word))) return undefined;
    end = words.reduce((sum, word) => sum + word.length + 1, 0);
  }
  const pairs: [string, string][] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    const last = pairs.at(-1);
    if (ASSIGNMENT.test(word)) pairs.push([word.slice(0, equals), word.slice(equals + 1)]);
    else if (last !== undefined) last[1] += ` ${word}`;
    else return undefined;
  }
  const rest = text.slice(end);
  const shell = matchShell(rest, shells);
  return { body: shell?.rest ?? rest, shell: shell?.shell, buildArgs: pairs };
}

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_.-]*=/;
const OTHERS: readonly (readonly [RegExp, Builder])[] = [
  [/^bazel /, 'bazel'],
  [/^ko (?:build|publish|resolve|apply|run)\b/, 'ko'],
  [/^jib\b/i, 'jib'],
  [/^nix\b|^\/nix\/store\//, 'nix'],
  [/^apko\b/, 'apko'],
  [/^umoci\b/, 'umoci'],
  [/^crane\b/, 'crane'],
  [
    /^(?:Buildpacks |Layer: '|Application Layer|Application Launcher|Software Bill-of-Materials)/,
    'buildpacks',
  ],
  [/^# ?\w+\.sh --arch /, 'debuerreotype'],
];

function otherBuilder(text: string, hints: StepHints): Builder {
  for (const [pattern, builder] of OTHERS) if (pattern.test(text)) return builder;
  const author = hints.author ?? '';
  const comment = hints.comment ?? '';
  if (comment.startsWith('buildkit')) return 'buildkit';
  if (isBuildahComment(comment)) return 'buildah';
  if (/^Bazel$/i.test(author)) return 'bazel';
  if (author === 'kaniko') return 'kaniko';
  if (author === 'Jib') return 'jib';
  if (author === 'apko' || comment.startsWith('This is an apko ')) return 'apko';
  if (/github\.com\/(?:ko-build|google)\/ko$/.test(author)) return 'ko';
  if (comment.startsWith('store paths: ')) return 'nix';
  if (comment.startsWith('debuerreotype')) return 'debuerreotype';
  return 'unknown';
}
