import { beginExtracting } from './extract-files.js';
import { serveFiles } from './serve-files.js';

serveFiles(beginExtracting);
