import { fail } from '../../model/error.js';

/** Returns the fields of one line of comma-separated values (RFC 4180), as docker reads `--mount`. Throws E_USAGE. */
export function parseCsvLine(text: string, what: string): string[] {
  const bad = (why: string): never => fail('E_USAGE', `reading ${what} '${text}': ${why}`);
  if (/[\r\n]/.test(text)) bad('it has a line break');
  const fields: string[] = [];
  for (let at = 0; ; at++) {
    if (text[at] !== '"') {
      const found = text.indexOf(',', at);
      const end = found < 0 ? text.length : found;
      const field = text.slice(at, end);
      if (field.includes('"')) bad('a quote stands inside a field; quote the whole field and double it');
      fields.push(field);
      at = end;
    } else {
      let field = '';
      for (at++; ; at++) {
        if (at >= text.length) bad('a quote is not closed');
        if (text[at] === '"' && text[++at] !== '"') break;
        field += text[at];
      }
      if (at < text.length && text[at] !== ',') bad('something stands behind a closing quote');
      fields.push(field);
    }
    if (at >= text.length) return fields;
  }
}
