/** Which folder may import which: the architecture as rules. `npm run imports` checks them and the rules themselves. */

/** Folder of src → the other folders of src it may import. */
const MAY_IMPORT = {
  model: [],
  io: ['model'],
  store: ['model', 'io'],
  registry: ['model', 'io', 'store'],
  images: ['model', 'io', 'store', 'registry'],
  layers: ['model', 'io', 'store'],
  inspect: ['model', 'layers'],
  runtime: ['model', 'io', 'store', 'images', 'layers'],
  report: ['model', 'layers', 'inspect'],
  tui: ['model', 'layers', 'inspect', 'runtime', 'report'],
};

/** Package → the only places of src that may import it. */
const ONLY_IN = {
  chalk: '^src/report/',
  blessed: '^src/tui/screen',
  '@oclif/.+': '^src/(commands|hooks)/',
  'tar-stream': '^src/io/tar/',
  '(zstd-codec|fzstd)': '^src/io/codec/',
  koffi: '^src/runtime/sys',
};

const folders = Object.entries(MAY_IMPORT).map(([folder, others]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${others.length === 0 ? 'nothing else' : others.join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}));

const packages = Object.entries(ONLY_IN).map(([name, place]) => ({
  name: `only-in-${name.replace(/[^a-z-]/g, '')}`,
  comment: `Only ${place} may import ${name}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: place },
  to: { path: `node_modules/(@types/)?${name}/` },
}));

module.exports = {
  forbidden: [
    ...folders,
    ...packages,
    {
      name: 'model-without-io',
      comment: 'The model is values: it imports no module of Node and no package.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { pathNot: '^src/' },
    },
    {
      name: 'commands-are-the-top',
      comment: 'Nothing below the commands knows them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands|hooks)/' },
      to: { path: '^src/(commands|hooks)/' },
    },
    {
      name: 'public-face-is-for-others',
      comment: 'src/index.ts is what others import; inside, the module itself is.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'product-without-tests',
      comment: 'src never imports tests, fixtures, benches or scripts.',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { path: '^(test|fixtures|bench|scripts)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A module that neither imports nor is imported.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'only-runtime-dependencies',
      comment: 'The product imports what package.json installs with it.',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
