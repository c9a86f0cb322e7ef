import { fail } from '../../model/error.js';
import { parseJsonList } from '../../layers/history/dockerfile-words.js';
import { type EditableObject, editable, EMPTY_OBJECT, textIn, textsIn } from './config-object.js';
import { exposedPorts } from './exposed-ports.js';
import { parseHealthcheck } from './parse-healthcheck.js';
import { expandWord, splitWords, type Variables } from './shell-words.js';
import { checkSignal } from './stop-signal.js';

/** What earlier changes of the same commit said. */
export interface ChangeState {
  cmdSet: boolean;
}

type Apply = (config: EditableObject, body: string, state: ChangeState) => void;

/**
 * Applies one instruction of `--change` to the `config` object of an image configuration, as `docker commit` does; and
 * SHELL, which it does not know. Variables are those of the image's environment. Throws E_USAGE.
 */
export function applyInstruction(config: EditableObject, line: string, state: ChangeState): void {
  const match = /^([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(line.trim());
  const keyword = match?.[1].toUpperCase() ?? '';
  const apply = INSTRUCTIONS.get(keyword);
  if (apply === undefined)
    fail('E_USAGE', `reading the change '${line}': it is not an instruction that changes a configuration`, {
      hint: `Use one of ${[...INSTRUCTIONS.keys()].join(', ')}.`,
    });
  const body = match?.[2]?.trim() ?? '';
  if (body === '') fail('E_USAGE', `reading the change '${line}': ${keyword} needs an operand`);
  apply(config, body, state);
}

const INSTRUCTIONS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  [
    'CMD',
    (config, body, state) => {
      config.set('Cmd', commandLine(config, body));
      state.cmdSet = true;
    },
  ],
  [
    'ENTRYPOINT',
    (config, body, state) => {
      config.set('Entrypoint', commandLine(config, body));
      // A CMD of the image was for its own ENTRYPOINT.
      if (!state.cmdSet) config.delete('Cmd');
    },
  ],
  [
    'ENV',
    (config, body) => {
      const variables = environment(config);
      const env = textsIn(config.get('Env'));
      for (const [name, value] of readPairs('ENV', body, variables)) {
        const at = env.findIndex((entry) => entry.startsWith(`${name}=`));
        if (at < 0) env.push(`${name}=${value}`);
        else env[at] = `${name}=${value}`;
      }
      config.set('Env', env);
    },
  ],
  [
    'LABEL',
    (config, body) => {
      const labels = editable(config.get('Labels'));
      for (const [name, value] of readPairs('LABEL', body, environment(config))) labels.set(name, value);
      config.set('Labels', labels);
    },
  ],
  [
    'EXPOSE',
    (config, body) => {
      const ports = editable(config.get('ExposedPorts'));
      for (const word of expandAll(config, body))
        for (const port of exposedPorts(word)) ports.set(port, EMPTY_OBJECT);
      config.set('ExposedPorts', ports);
    },
  ],
  [
    'VOLUME',
    (config, body) => {
      const volumes = editable(config.get('Volumes'));
      const words = parseJsonList(body) ?? splitWords(body);
      for (const word of words) {
        const volume = expandWord(word, environment(config)).trim();
        if (volume === '') fail('E_USAGE', 'reading the change VOLUME: a volume has no name');
        volumes.set(volume, EMPTY_OBJECT);
      }
      config.set('Volumes', volumes);
    },
  ],
  ['USER', (config, body) => config.set('User', oneWord(config, 'USER', body))],
  [
    'WORKDIR',
    (config, body) => {
      const directory = expandWord(body, environment(config));
      config.set('WorkingDir', resolved(textIn(config.get('WorkingDir')), directory));
    },
  ],
  [
    'STOPSIGNAL',
    (config, body) => config.set('StopSignal', checkSignal(oneWord(config, 'STOPSIGNAL', body))),
  ],
  ['ONBUILD', (config, body) => config.set('OnBuild', [...textsIn(config.get('OnBuild')), trigger(body)])],
  ['HEALTHCHECK', (config, body) => config.set('Healthcheck', parseHealthcheck(body))],
  [
    'SHELL',
    (config, body) => {
      const shell = parseJsonList(body);
      if (shell === undefined || shell.length === 0)
        fail('E_USAGE', 'reading the change SHELL: it needs a JSON list such as ["/bin/sh", "-c"]');
      config.set('Shell', shell);
    },
  ],
]);

/** A JSON list is the command; anything else is a line for the image's shell. */
function commandLine(config: EditableObject, body: string): string[] {
  const list = parseJsonList(body);
  if (list !== undefined) return list;
  const shell = textsIn(config.get('Shell'));
  return [...(shell.length > 0 ? shell : ['/bin/sh', '-c']), body];
}

function environment(config: EditableObject): Variables {
  const variables = new Map<string, string>();
  for (const entry of textsIn(config.get('Env'))) {
    const equals = entry.indexOf('=');
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return variables;
}

/** `NAME=value …`, or `NAME value with blanks`. */
function readPairs(keyword: string, body: string, variables: Variables): [name: string, value: string][] {
  const words = splitWords(body);
  const old = !words[0].includes('=');
  const written = old ? [oldPair(keyword, body)] : words.map((word) => newPair(keyword, word));
  return written.map(([name, value]) => {
    const expanded = expandWord(name, variables);
    if (expanded === '') fail('E_USAGE', `reading the change ${keyword}: a name is empty`);
    return [expanded, expandWord(value, variables)];
  });
}

function oldPair(keyword: string, body: string): [string, string] {
  const match = /^(\S+)\s+([\s\S]*)$/.exec(body);
  return match === null
    ? fail('E_USAGE', `reading the change ${keyword}: ${body} has no value`)
    : [match[1], match[2]];
}

function newPair(keyword: string, word: string): [string, string] {
  const equals = word.indexOf('=');
  if (equals < 0) fail('E_USAGE', `reading the change ${keyword}: ${word} is not NAME=value`);
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function expandAll(config: EditableObject, body: string): string[] {
  const variables = environment(config);
  return splitWords(body).flatMap((word) => expandWord(word, variables).split(/\s+/).filter(Boolean));
}

function oneWord(config: EditableObject, keyword: string, body: string): string {
  const words = splitWords(body);
  if (words.length !== 1) fail('E_USAGE', `reading the change ${keyword}: it takes one word, not '${body}'`);
  return expandWord(words[0], environment(config));
}

function resolved(from: string, directory: string): string {
  const parts: string[] = [];
  for (const part of (directory.startsWith('/') ? directory : `${from}/${directory}`).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}

function trigger(body: string): string {
  const keyword = body.split(/\s/, 1)[0].toUpperCase();
  if (keyword === 'ONBUILD' || keyword === 'FROM' || keyword === 'MAINTAINER')
    fail('E_USAGE', `reading the change ONBUILD: ${keyword} cannot be a trigger`);
  return body;
}
