import { parseJsonList } from '../../layers/history/dockerfile-words.js';
import { fail } from '../../model/error.js';
import type { JsonObject, JsonValue } from '../../model/json.js';
import { parseDuration } from './go-duration.js';

const TIMES = new Map([
  ['interval', 'Interval'],
  ['timeout', 'Timeout'],
  ['start-period', 'StartPeriod'],
  ['start-interval', 'StartInterval'],
]);

/**
 * Returns the `Healthcheck` of a configuration that the operand of HEALTHCHECK says: `NONE`, or flags and
 * `CMD command` (Dockerfile reference). Times become nanoseconds. Throws E_USAGE.
 */
export function parseHealthcheck(body: string): JsonObject {
  const health = new Map<string, JsonValue>();
  const refuse = (why: string): never => fail('E_USAGE', `reading the change HEALTHCHECK: ${why}`);
  let rest = body;
  for (
    let flag = /^--([a-z-]+)=(\S+)\s*/.exec(rest);
    flag !== null;
    flag = /^--([a-z-]+)=(\S+)\s*/.exec(rest)
  ) {
    const [whole, name, value] = flag;
    const key = TIMES.get(name);
    if (key !== undefined) {
      const time = parseDuration(value, `the change HEALTHCHECK --${name}`);
      if (time > 0) health.set(key, time);
    } else if (name === 'retries') {
      if (!/^\d{1,9}$/.test(value)) refuse(`--retries=${value} is not a number from 0`);
      if (Number(value) > 0) health.set('Retries', Number(value));
    } else refuse(`--${name} is unknown`);
    rest = rest.slice(whole.length);
  }
  const match = /^(\S+)(?:\s+([\s\S]+))?$/.exec(rest);
  const kind = match?.[1].toUpperCase();
  const command = match?.[2]?.trim();
  if (kind === 'NONE') {
    if (command !== undefined || rest !== body) refuse('NONE takes neither flags nor a command');
    return new Map([['Test', ['NONE']]]);
  }
  if (kind !== 'CMD' || command === undefined) return refuse('it takes NONE or CMD with a command');
  const list = parseJsonList(command);
  const test = list === undefined ? ['CMD-SHELL', command] : ['CMD', ...list];
  return new Map<string, JsonValue>([['Test', test], ...health]);
}
