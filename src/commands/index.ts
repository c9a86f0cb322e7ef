import Autocomplete from './autocomplete.js';
import Blame from './blame.js';
import Cat from './cat.js';
import Complete from './complete.js';
import Doctor from './doctor.js';
import Export from './export.js';
import Extract from './extract.js';
import Find from './find.js';
import Grep from './grep.js';
import Fsck from './fsck.js';
import History from './history.js';
import Inspect from './inspect.js';
import Layers from './layers.js';
import Ls from './ls.js';
import Prune from './prune.js';
import Stat from './stat.js';
import Tree from './tree.js';
import Verify from './verify.js';

/** What oclif makes the manifest from (`oclif.commands` in package.json); at run time only one command is loaded. */
export const COMMANDS = {
  autocomplete: Autocomplete,
  blame: Blame,
  cat: Cat,
  complete: Complete,
  doctor: Doctor,
  export: Export,
  extract: Extract,
  find: Find,
  grep: Grep,
  fsck: Fsck,
  history: History,
  inspect: Inspect,
  layers: Layers,
  ls: Ls,
  prune: Prune,
  stat: Stat,
  tree: Tree,
  verify: Verify,
};
