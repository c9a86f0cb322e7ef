import { boolean, integer, option, string } from '@oclif/core/flags';
import { SORTS } from './sort.js';

const several = { multiple: true, multipleNonGreedy: true } as const;
const CONDITIONS = 'CONDITION';

/** The conditions of `strata find`. A flag given several times holds when one of its values does. */
export const FIND_FLAGS = {
  name: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'GLOB',
    summary: 'The last part of the path fits: *.so.*, [A-Z]*.',
  }),
  path: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'GLOB',
    summary: 'The whole path fits; ** is any number of directories: /usr/**/*.py.',
  }),
  regex: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'RE',
    summary: 'The path has a match of a regular expression (JavaScript syntax).',
  }),
  'ignore-case': boolean({
    char: 'i',
    helpGroup: CONDITIONS,
    summary: 'Letters of --name, --path and --regex fit in either case.',
  }),
  kind: string({
    ...several,
    delimiter: ',',
    helpGroup: CONDITIONS,
    helpValue: 'KIND',
    summary: 'file, directory, symlink, character, block or fifo (or f, d, l, c, b, p).',
  }),
  size: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: '[+-]SIZE',
    summary: 'More than (+10MB), less than (-1KiB) or exactly that many bytes; all given hold.',
  }),
  mode: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: '[-/]OCTAL',
    summary: 'Exactly these bits (0644), all of them (-4000), any of them (/6000).',
  }),
  setuid: boolean({ helpGroup: CONDITIONS, summary: 'Files with the setuid or setgid bit.' }),
  'world-writable': boolean({
    helpGroup: CONDITIONS,
    summary: 'What anyone may write; no symlinks, no sticky directories.',
  }),
  uid: integer({ min: 0, helpGroup: CONDITIONS, helpValue: 'ID', summary: 'Owned by that user.' }),
  gid: integer({ min: 0, helpGroup: CONDITIONS, helpValue: 'ID', summary: 'Owned by that group.' }),
  newer: string({
    helpGroup: CONDITIONS,
    helpValue: 'TIME',
    summary: 'Modified after: 2026-03-01, an RFC 3339 time, or an age (12h, 30d, 2w, 1y).',
  }),
  older: string({ helpGroup: CONDITIONS, helpValue: 'TIME', summary: 'Modified before.' }),
  layer: string({
    helpGroup: CONDITIONS,
    helpValue: 'N[,M|-M]',
    summary: 'Last touched by one of these layers: 2, 2,5 or 3-6.',
  }),
  sha256: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'HEX',
    summary: 'Content with that digest.',
  }),
  capability: string({
    helpGroup: CONDITIONS,
    helpValue: 'NAME',
    summary: 'Gives that capability: net_raw, cap_sys_admin, or any.',
  }),
  xattr: string({
    ...several,
    helpGroup: CONDITIONS,
    helpValue: 'GLOB',
    summary: 'Has an extended attribute of that name: security.*.',
  }),
  empty: boolean({
    helpGroup: CONDITIONS,
    summary: 'Files without bytes and directories without anything in them.',
  }),
};

/** What else `strata find` takes: which files, and how they are shown. */
export const FIND_OUTPUT_FLAGS = {
  deleted: boolean({
    default: false,
    summary: 'Search the versions that the snapshot hides: removed or replaced by a later layer.',
  }),
  long: boolean({ char: 'l', summary: 'Long listing, as strata ls.' }),
  print0: boolean({
    summary: 'End each path with a NUL and do not escape it, for xargs -0 (also -0).',
    exclusive: ['long', 'json'],
  }),
  most: integer({ min: 0, helpValue: 'COUNT', summary: 'Show at most that many.' }),
  sort: option({ options: SORTS })({
    summary: 'Order: name, size (largest first), mtime (newest first), layer (topmost first).',
  }),
  'exit-code': boolean({ summary: 'End with 1 when nothing is found; else it is 0, as find(1) has it.' }),
};
