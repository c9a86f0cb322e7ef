import { LineCounter, parseDocument, visit } from 'yaml';
import { fail } from '../../model/error.js';

/** Characters of a configuration file; people write a few hundred. */
export const MAX_CONFIG = 65_536;

/** Lists in lists and aliases that a configuration may have: it needs three of the first and none of the other. */
const MAX_DEPTH = 100;
const MAX_ALIASES = 10;

/**
 * Returns the values of a YAML 1.2 document with merge keys (`<<`) as YAML 1.1 has them: mappings as Maps, whole numbers
 * beyond the exact ones as the text of their digits. Throws E_USAGE that names the file: for malformed text, a key
 * that is there twice, deep nesting, many aliases, and more than {@link MAX_CONFIG} characters.
 */
export function parseConfigDocument(text: string, file: string): unknown {
  const refuse = (why: string, cause?: unknown): never =>
    fail('E_USAGE', `reading ${file}: ${why}`, {
      hint: 'it must be YAML, as docs/gate.md and docs/keys.md have it',
      cause,
    });
  if (text.length > MAX_CONFIG) return refuse(`more than ${String(MAX_CONFIG)} characters`);
  if (nestsDeeply(text)) return refuse('nested too deeply');
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, {
      lineCounter,
      merge: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const problem = document.errors.at(0);
    if (problem !== undefined) {
      const { line, col } = lineCounter.linePos(problem.pos[0]);
      return refuse(`line ${String(line)}, column ${String(col)}: ${problem.message}`);
    }
    let aliases = 0;
    visit(document, {
      Alias() {
        aliases += 1;
      },
      Scalar(_, node) {
        if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value))
          node.value = exactDigits(node.source) ?? node.value;
      },
    });
    if (aliases > MAX_ALIASES) return refuse(`more than ${String(MAX_ALIASES)} aliases`);
    return document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'E_USAGE') throw thrown;
    return refuse(thrown instanceof Error ? thrown.message : 'malformed', thrown);
  }
}

/** Returns the digits of a whole number as YAML writes it, without a plus; undefined for one with an exponent. */
function exactDigits(source: string | undefined): string | undefined {
  const match = /^([+-]?)(\d+|0x[\da-fA-F]+|0o[0-7]+)$/.exec(source ?? '');
  return match === null ? undefined : `${match[1] === '-' ? '-' : ''}${String(BigInt(match[2]))}`;
}

/** The parser calls itself for every level, in brackets or by indentation. */
function nestsDeeply(text: string): boolean {
  let open = 0;
  for (const char of text) {
    if (char === '[' || char === '{') open += 1;
    else if ((char === ']' || char === '}') && open > 0) open -= 1;
    if (open > MAX_DEPTH) return true;
  }
  return text.split('\n').some((line) => /^(?:[ ]*[-?:] *){50,}/.test(line) || /^ {200,}/.test(line));
}
