import { LOAD } from './load.js';

/** What oclif makes the manifest from (`oclif.commands` in package.json); at run time only one command is loaded. */
export const COMMANDS = Object.fromEntries(
  await Promise.all(
    Object.entries(LOAD).map(async ([name, load]) => [name, (await load()).default] as const),
  ),
);
