const ENDINGS: ReadonlySet<string> = new Set([
  'json',
  'jsonc',
  'json5',
  'yaml',
  'yml',
  'toml',
  'ini',
  'conf',
  'config',
  'cfg',
  'cnf',
  'env',
  'properties',
  'xml',
  'plist',
  'hcl',
  'tf',
  'tfvars',
  'service',
  'socket',
  'timer',
  'mount',
  'target',
  'repo',
  'list',
  'sources',
  'desktop',
  'lock',
]);

/** Names of files that hold settings and have no ending that says so. */
const NAMES: ReadonlySet<string> = new Set([
  'config',
  'dockerfile',
  'makefile',
  'procfile',
  '.gitconfig',
  '.npmrc',
  '.yarnrc',
  '.pypirc',
  '.netrc',
  '.curlrc',
  '.wgetrc',
  '.editorconfig',
  '.dockerignore',
]);

/** True for a path whose file holds settings, where words change rather than lines: `/etc`, and by name or ending. */
export function isConfigFile(path: string): boolean {
  if (/^\/(?:usr\/(?:local\/)?)?etc\//.test(path)) return true;
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  // `.env.production` is an environment, `app.env` ends in it.
  if (NAMES.has(name) || name === '.env' || name.startsWith('.env.')) return true;
  const dot = name.lastIndexOf('.');
  return dot > 0 && ENDINGS.has(name.slice(dot + 1));
}
