/**
 * `npm run docs`: writes docs/commands/*.md from the command manifest, docs/errors.md, docs/anomalies.md and docs/keys.md
 * from their tables. With `--check` writes nothing and ends with 1 when a file is not what would be written.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, orExit, setUp } from './setup.mjs';

orExit(setUp);

const { ERROR_CODES } = await import('../dist/model/error-codes.js');
const { ANOMALY_CODES } = await import('../dist/model/anomaly-codes.js');
const { COMMAND_GROUPS } = await import('../dist/commands/program/command-groups.js');
const { KEY_TABLE, CONTEXTS, CONTEXT_TITLES } = await import('../dist/tui/keys/table.js');
const MADE = '<!-- Made by `npm run docs`; edit the source, not this file. -->';
const BIN = 'strata';

const files = new Map([
  ['docs/errors.md', errors()],
  ['docs/anomalies.md', anomalies()],
  ['docs/keys.md', keys()],
  ...commandPages(JSON.parse(readFileSync(path.join(ROOT, 'oclif.manifest.json'), 'utf8'))),
]);

function errors() {
  const rows = Object.entries(ERROR_CODES).map(([code, { exit, meaning }]) => [`\`${code}\``, exit, meaning]);
  return page(
    'Errors',
    'An error is one line on stderr, `code: what was being done, to which thing: why`, and a hint where there is one.\n' +
      'Codes are stable: scripts may rely on them and on the exit code.',
    table(['Code', 'Exit', 'Meaning'], rows),
  );
}

function anomalies() {
  const rows = Object.entries(ANOMALY_CODES).map(([code, { severity, meaning }]) => [
    `\`${code}\``,
    severity,
    meaning,
  ]);
  return page(
    'Anomalies',
    'Oddities of an image that strata recognises and reads on from; `strata verify` lists them.\n' +
      'A **note** is legal but worth knowing. A **warning** is read differently by other tools, or breaks a SHOULD.\n' +
      'An **error** breaks a MUST: `verify` ends with 3.',
    table(['Code', 'Severity', 'Meaning'], rows),
  );
}

function keys() {
  const chords = (list) => (list.length === 0 ? '' : list.map((chord) => `\`${chord}\``).join(' '));
  const sections = CONTEXTS.flatMap((context) => [
    `## ${CONTEXT_TITLES[context]}`,
    table(
      ['Keys', "With dive's profile", 'Action', 'What it does'],
      KEY_TABLE.filter((row) => row.context === context).map((row) => [
        chords(row.chords),
        row.dive === undefined ? '' : chords(row.dive),
        `\`${context}.${row.action}\``,
        row.help,
      ]),
    ),
  ]);
  return page(
    'Keys of the explorer',
    'What `strata explore` understands; `?` shows the keys of the pane one is in. `C-` is Ctrl. Terminals cannot tell\n' +
      '`C-m` from Enter, `C-i` from Tab, `C-h` from Backspace and `C-[` from Esc.',
    'Keys, colours and what is shown first are set in `$XDG_CONFIG_HOME/strata/config.yaml` (`~/.config` where that is not set);\n' +
      'an action without its context is meant in all of them. Without that file, the one of dive (`~/.dive.yaml`) counts.',
    '```yaml\nexplore:\n  profile: dive # or strata\n  theme: dark # light, contrast, mono\n  sort: size # or name\n  hide: [unchanged] # added, removed, changed\n  unfolded: false\n  attributes: true\n  keys:\n    quit: [q, ctrl+q]\n    files.fold: space\n```',
    ...sections,
  );
}

function commandPages({ commands }) {
  const shown = Object.values(commands)
    .filter((command) => !command.hidden && command.pluginName === BIN)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const lists = Object.entries(COMMAND_GROUPS).flatMap(([title, names]) => [
    `## ${title}`,
    table(
      ['Command', 'What it does'],
      names
        .map((name) => shown.find(({ id }) => id === name))
        .map((command) => [
          `[\`${BIN} ${nameOf(command)}\`](${fileOf(command)})`,
          oneLine(fill(command.summary ?? command.description, command)),
        ]),
    ),
  ]);
  return [
    ['docs/commands/README.md', page('Commands', `Each of them says the same with \`--help\`.`, ...lists)],
    ...shown.map((command) => [`docs/commands/${fileOf(command)}`, commandPage(command)]),
  ];
}

function commandPage(command) {
  const args = Object.values(command.args ?? {}).filter((arg) => !arg.hidden);
  const flags = Object.values(command.flags ?? {})
    .filter((flag) => !flag.hidden)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const operands = args.map((arg) => (arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`));
  const usage = [BIN, nameOf(command), ...operands, ...(flags.length > 0 ? ['[FLAGS]'] : [])].join(' ');
  const own = command.usage === undefined ? undefined : [command.usage].flat().join('\n').split('\n');
  const usages = own?.map((line) => `${BIN} ${fill(line, command)}`) ?? [usage];
  const sections = [
    fill(command.summary ?? '', command),
    fence(usages),
    fill(command.description ?? '', command),
  ];
  if (args.length > 0)
    sections.push(
      '## Arguments',
      table(
        ['Argument', 'Meaning'],
        args.map((arg) => [`\`${arg.name.toUpperCase()}\``, oneLine(withDefault(arg, command))]),
      ),
    );
  if (flags.length > 0)
    sections.push(
      '## Flags',
      table(
        ['Flag', 'Meaning'],
        flags.map((flag) => [flagForm(flag), oneLine(withDefault(flag, command))]),
      ),
    );
  if (command.aliases?.length > 0)
    sections.push(`Also: ${command.aliases.map((a) => `\`${BIN} ${a}\``).join(', ')}`);
  if (command.examples?.length > 0)
    sections.push('## Examples', ...command.examples.map((example) => exampleText(example, command)));
  return page(`${BIN} ${nameOf(command)}`, ...sections.filter((text) => text !== ''));
}

function flagForm(flag) {
  const long = flag.allowNo ? `--[no-]${flag.name}` : `--${flag.name}`;
  const value =
    flag.type === 'option'
      ? ` ${flag.helpValue ?? flag.options?.join('\\|') ?? flag.name.toUpperCase()}`
      : '';
  const short = flag.char === undefined ? '' : `\`-${flag.char}\`, `;
  return `${short}\`${long}${value}\`${flag.multiple ? ' …' : ''}`;
}

function withDefault(of, command) {
  const text = fill(of.summary ?? of.description ?? '', command);
  const given = of.default;
  return given === undefined || given === false || typeof given === 'object'
    ? text
    : `${text} (default: \`${given}\`)`;
}

function exampleText(example, command) {
  if (typeof example === 'string') return fence([fill(example, command)]);
  return `${fill(example.description, command)}\n\n${fence([fill(example.command, command)])}`;
}

function nameOf(command) {
  return command.id.replaceAll(':', ' ');
}

function fileOf(command) {
  return `${command.id.replaceAll(':', '-')}.md`;
}

function fill(text, command) {
  return (text ?? '')
    .replaceAll('<%= config.bin %>', BIN)
    .replaceAll('<%= command.id %>', nameOf(command))
    .trim();
}

function oneLine(text) {
  return text.replace(/\s*\n\s*/g, ' ');
}

function fence(lines) {
  return ['```sh', ...lines, '```'].join('\n');
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function page(title, ...sections) {
  return [MADE, `# ${title}`, ...sections, ''].join('\n\n').replace(/\n+$/, '\n');
}

/** Files of docs/commands that no command has any more. */
function leftOver() {
  const folder = path.join(ROOT, 'docs/commands');
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .map((name) => `docs/commands/${name}`)
    .filter((name) => !files.has(name));
}

function current(name) {
  try {
    return readFileSync(path.join(ROOT, name), 'utf8');
  } catch {
    return undefined;
  }
}

const stale = [...files].filter(([name, text]) => current(name) !== text).map(([name]) => name);
if (process.argv.includes('--check')) {
  for (const name of [...stale, ...leftOver()]) process.stderr.write(`${name} is stale: npm run docs\n`);
  process.exitCode = stale.length + leftOver().length > 0 ? 1 : 0;
} else {
  for (const name of leftOver()) rmSync(path.join(ROOT, name));
  for (const name of stale) {
    writeFileSync(path.join(ROOT, name), files.get(name));
    process.stderr.write(`${name}\n`);
  }
}
