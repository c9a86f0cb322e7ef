import Attach from './attach.js';
import Autocomplete from './autocomplete.js';
import Bisect from './bisect.js';
import Blame from './blame.js';
import Cat from './cat.js';
import Changes from './changes.js';
import Commit from './commit.js';
import Complete from './complete.js';
import Copy from './copy.js';
import Cp from './cp.js';
import Deleted from './deleted.js';
import Diff from './diff.js';
import Dive from './dive.js';
import Doctor from './doctor.js';
import Exec from './exec.js';
import Explore from './explore.js';
import Export from './export.js';
import Extract from './extract.js';
import Find from './find.js';
import Fsck from './fsck.js';
import Grep from './grep.js';
import History from './history.js';
import Images from './images.js';
import Inspect from './inspect.js';
import Kill from './kill.js';
import Layers from './layers.js';
import Logs from './logs.js';
import Ls from './ls.js';
import Pause from './pause.js';
import Prune from './prune.js';
import Ps from './ps.js';
import Recover from './recover.js';
import Rename from './rename.js';
import Replay from './replay.js';
import Restart from './restart.js';
import Rm from './rm.js';
import Rmi from './rmi.js';
import Run from './run.js';
import Save from './save.js';
import Shell from './shell.js';
import Start from './start.js';
import Stat from './stat.js';
import Stop from './stop.js';
import Tag from './tag.js';
import Tree from './tree.js';
import Unpause from './unpause.js';
import Update from './update.js';
import Verify from './verify.js';
import Wait from './wait.js';
import WasteCommand from './waste.js';

/** What oclif makes the manifest from (`oclif.commands` in package.json); at run time only one command is loaded. */
export const COMMANDS = {
  attach: Attach,
  autocomplete: Autocomplete,
  bisect: Bisect,
  blame: Blame,
  cat: Cat,
  changes: Changes,
  commit: Commit,
  complete: Complete,
  copy: Copy,
  cp: Cp,
  deleted: Deleted,
  diff: Diff,
  dive: Dive,
  doctor: Doctor,
  exec: Exec,
  explore: Explore,
  export: Export,
  extract: Extract,
  find: Find,
  fsck: Fsck,
  grep: Grep,
  history: History,
  images: Images,
  inspect: Inspect,
  kill: Kill,
  layers: Layers,
  logs: Logs,
  ls: Ls,
  pause: Pause,
  prune: Prune,
  ps: Ps,
  recover: Recover,
  rename: Rename,
  replay: Replay,
  restart: Restart,
  rm: Rm,
  rmi: Rmi,
  run: Run,
  save: Save,
  shell: Shell,
  start: Start,
  stat: Stat,
  stop: Stop,
  tag: Tag,
  tree: Tree,
  unpause: Unpause,
  update: Update,
  verify: Verify,
  wait: Wait,
  waste: WasteCommand,
};
