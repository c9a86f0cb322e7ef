import Blame from './blame.js';
import Cat from './cat.js';
import Doctor from './doctor.js';
import Export from './export.js';
import Extract from './extract.js';
import Find from './find.js';
import Grep from './grep.js';
import History from './history.js';
import Inspect from './inspect.js';
import Layers from './layers.js';
import Ls from './ls.js';
import Stat from './stat.js';
import Tree from './tree.js';
import Verify from './verify.js';

/** What oclif makes the manifest from (`oclif.commands` in package.json); at run time only one command is loaded. */
export const COMMANDS = {
  blame: Blame,
  cat: Cat,
  doctor: Doctor,
  export: Export,
  extract: Extract,
  find: Find,
  grep: Grep,
  history: History,
  inspect: Inspect,
  layers: Layers,
  ls: Ls,
  stat: Stat,
  tree: Tree,
  verify: Verify,
};
