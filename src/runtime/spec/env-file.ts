import { fail } from '../../model/error.js';
import { type EnvironmentChange, type HostEnvironment, hostValue } from './environment.js';

const BYTES_MAX = 1024 * 1024;
/** What Go's bufio.Scanner takes for a line. */
const LINE_MAX = 64 * 1024;

/**
 * Returns what an `--env-file` says by docker's rules (docker/cli, pkg/kvfile): `KEY=VALUE` a line, white space before
 * it dropped and behind it kept, quotes as they are, `#` lines and empty ones skipped, `KEY` alone taken from the host
 * or left out. Throws E_USAGE with the number of the line, E_LIMIT over 1 MiB.
 */
export function parseEnvFile(bytes: Uint8Array, name: string, host: HostEnvironment): EnvironmentChange[] {
  if (bytes.length > BYTES_MAX)
    fail('E_LIMIT', `reading ${name}: ${String(bytes.length)} bytes, over the limit of 1 MiB`);
  const text = decode(bytes, name);
  const changes: EnvironmentChange[] = [];
  for (const [i, whole] of text.split('\n').entries()) {
    const line = whole.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const bad = (why: string): never => fail('E_USAGE', `reading line ${String(i + 1)} of ${name}: ${why}`);
    if (Buffer.byteLength(line) > LINE_MAX) bad('it is longer than 64 KiB');
    if (line.includes('\0')) bad('it has a NUL');
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    if (key === '') bad('no variable is named before =');
    if (/[ \t]/.test(key)) bad(`the variable's name '${key.slice(0, 100)}' has white space`);
    const value = at < 0 ? hostValue(host, key) : line.slice(at + 1);
    if (value !== undefined) changes.push([key, value]);
  }
  return changes;
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const broken = splitLines(bytes).findIndex((line) => {
      try {
        decoder.decode(line);
        return false;
      } catch {
        return true;
      }
    });
    return fail('E_USAGE', `reading line ${String(broken + 1)} of ${name}: it is not UTF-8`);
  }
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
