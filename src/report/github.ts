import { escapeForTerminal } from './escape.js';
import { type GateSection, ruleMessage, verdictText } from './gate.js';

/**
 * Yields the results as workflow commands of GitHub Actions: an error per failed rule, a notice when none failed.
 * `subject` is the image's name; `isFile` tells which configurations are files that an annotation can point at.
 */
export function* githubLines(
  subject: string,
  sections: readonly GateSection[],
  isFile: (file: string) => boolean,
): Generator<string> {
  let failed = false;
  for (const { file, results } of sections)
    for (const one of results) {
      if (one.status !== 'fail') continue;
      failed = true;
      const place: Record<string, string> = isFile(file) ? { file } : {};
      yield command(
        'error',
        { ...place, title: `strata waste: ${one.rule}` },
        `${subject}: ${ruleMessage(one)}`,
      );
    }
  if (failed) return;
  const verdict = verdictText(sections.flatMap(({ results }) => results));
  yield command('notice', { title: 'strata waste' }, `${subject}: ${verdict}`);
}

/** `::name key=value,…::message`, escaped as actions/toolkit (packages/core/src/command.ts) does. */
function command(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${list.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return escapeForTerminal(text, { newlines: 'keep', backslashes: 'keep' })
    .replaceAll('\t', '\\t')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
