import Autocomplete from './autocomplete.js';
import Blame from './blame.js';
import Cat from './cat.js';
import Changes from './changes.js';
import Commit from './commit.js';
import Complete from './complete.js';
import Diff from './diff.js';
import Dive from './dive.js';
import Deleted from './deleted.js';
import Doctor from './doctor.js';
import Explore from './explore.js';
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
import Ps from './ps.js';
import Recover from './recover.js';
import Rm from './rm.js';
import Run from './run.js';
import Stat from './stat.js';
import Tree from './tree.js';
import Verify from './verify.js';
import WasteCommand from './waste.js';

/** What oclif makes the manifest from (`oclif.commands` in package.json); at run time only one command is loaded. */
export const COMMANDS = {
  autocomplete: Autocomplete,
  blame: Blame,
  cat: Cat,
  changes: Changes,
  commit: Commit,
  complete: Complete,
  diff: Diff,
  dive: Dive,
  deleted: Deleted,
  doctor: Doctor,
  explore: Explore,
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
  ps: Ps,
  recover: Recover,
  rm: Rm,
  run: Run,
  stat: Stat,
  tree: Tree,
  verify: Verify,
  waste: WasteCommand,
};
