import { serveFiles } from '../../layers/write/serve-files.js';
import { beginUnpacking } from './unpack-files.js';

serveFiles(beginUnpacking);
