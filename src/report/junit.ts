import type { RuleResult } from '../layers/gate/gate.js';
import { ruleMessage, type GateSection } from './gate.js';
import { xmlAttributes, xmlText } from './xml.js';

/**
 * Returns the results as JUnit XML (test/schema/junit.xsd, the dialect of Jenkins): a suite per configuration, a case per rule.
 * `subject` is the image's name. The text has no time of its making, so that equal results are equal files.
 */
export function junitXml(subject: string, sections: readonly GateSection[]): string {
  const all = sections.flatMap(({ results }) => results);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: `strata waste ${subject}`, ...counts(all), time: 0 })}>`,
    ...sections.flatMap((section) => suite(subject, section)),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suite(subject: string, { file, results, notes }: GateSection): string[] {
  const skipped = results.filter(({ status }) => status === 'skip').length;
  return [
    `  <testsuite${xmlAttributes({ name: file, ...counts(results), skipped, time: 0 })}>`,
    ...results.flatMap((one) => testCase(subject, one)),
    ...(notes.length === 0 ? [] : [`    <system-out>${xmlText(notes.join('\n'))}</system-out>`]),
    '  </testsuite>',
  ];
}

function counts(results: readonly RuleResult[]): { tests: number; failures: number; errors: number } {
  const failures = results.filter(({ status }) => status === 'fail').length;
  return { tests: results.length, failures, errors: 0 };
}

function testCase(subject: string, one: RuleResult): string[] {
  const begin = `    <testcase${xmlAttributes({ name: one.rule, classname: subject, time: 0 })}`;
  const message = ruleMessage(one);
  if (one.status === 'pass')
    return [`${begin}>`, `      <system-out>${xmlText(message)}</system-out>`, '    </testcase>'];
  const inner =
    one.status === 'skip'
      ? `<skipped${xmlAttributes({ message })}/>`
      : `<failure${xmlAttributes({ message, type: one.rule })}>${xmlText(message)}</failure>`;
  return [`${begin}>`, `      ${inner}`, '    </testcase>'];
}
