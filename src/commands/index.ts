import Doctor from './doctor.js';
import Extract from './extract.js';
import History from './history.js';
import Inspect from './inspect.js';
import Layers from './layers.js';
import Verify from './verify.js';

/** What oclif makes the manifest from (`oclif.commands` in package.json); at run time only one command is loaded. */
export const COMMANDS = {
  doctor: Doctor,
  extract: Extract,
  history: History,
  inspect: Inspect,
  layers: Layers,
  verify: Verify,
};
