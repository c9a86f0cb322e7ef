import { fail } from '../../model/error.js';
import { DEFAULT_LIMITS, type Limits } from '../../model/limits.js';
import { parseCount } from './quantity.js';

/** Returns the default limits with each `name=value` applied; later ones win. Throws E_USAGE. */
export function parseLimits(settings: readonly string[]): Limits {
  const limits: Record<keyof Limits, number> = { ...DEFAULT_LIMITS };
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const name = at === -1 ? setting : setting.slice(0, at);
    if (at === -1)
      fail('E_USAGE', `reading --limit '${setting}': no value is given`, {
        hint: 'write --limit name=value',
      });
    if (!isLimit(name))
      fail('E_USAGE', `reading --limit '${setting}': there is no limit '${name}'`, {
        hint: `limits are ${Object.keys(DEFAULT_LIMITS).join(', ')}`,
      });
    limits[name] = parseCount(setting.slice(at + 1), `--limit ${name}`);
  }
  return limits;
}

function isLimit(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name);
}
