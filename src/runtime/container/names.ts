import { randomBytes, randomInt } from 'node:crypto';
import { fail } from '../../model/error.js';

/** As docker has it. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Words of the quarry, the lab and the field notebook. */
const ADJECTIVES =
  'amber ancient banded basal brittle buried calm coarse deep dusty fine folded fossil glacial granular grey hidden hollow layered mossy old pale patient polished quiet rough sandy settled silent smooth stony sunken tilted veined warm weathered'.split(
    ' ',
  );
const NOUNS =
  'agate basalt bedrock boulder canyon chalk clay cliff coral crater delta dune flint garnet geode gneiss granite gravel gypsum jasper karst lava limestone loess marble marl mica moraine obsidian onyx opal pebble pumice quartz reef sandstone schist shale silt slate tuff'.split(
    ' ',
  );

/** Returns a name made of words that is not in `taken`. */
export function generateName(taken: ReadonlySet<string>): string {
  for (let tries = 0; ; tries++) {
    const words = [ADJECTIVES[randomInt(ADJECTIVES.length)], NOUNS[randomInt(NOUNS.length)]].join('-');
    const name = tries < 20 ? words : `${words}-${String(randomInt(100_000))}`;
    if (!taken.has(name)) return name;
  }
}

/** Returns the id of a new container. */
export function generateId(): string {
  return randomBytes(32).toString('hex');
}

/** Throws E_USAGE unless a container may be called so. */
export function checkName(name: string): void {
  if (!NAME.test(name))
    fail('E_USAGE', `naming the container '${name}': use letters, digits, '_', '.' and '-', two at least`);
}
