import { configDefaults, defineConfig } from 'vitest/config';
import { haveCorpora } from './test/helpers/global-setup.js';
import { LongestFirst } from './test/helpers/longest-first.js';

/** Only root can mount and run containers. */
const isRoot = process.getuid?.() === 0;

/** Those need a process of their own: they enter namespaces, replace a module of Node, or measure the memory. */
const ALONE = [
  'test/**/*.root.test.ts',
  'test/**/*.root.*.test.ts',
  'test/io/spool.test.ts',
  'test/io/codec/{zstd,streams.corpora}.test.ts',
  'test/layers/index/large-array.test.ts',
];

/** Those whose time goes to other programs and to the kernel: they say nothing of Node, so that one Node is enough. */
const NOT_OF_NODE = [
  '**/*.real.test.ts',
  '**/runtime/**/*.root.*',
  '**/commands/container/*.root.*',
  // But run and what begins like it: how Node starts them and ends with them.
  '**/commands/[!r]*.root.test.ts',
  '**/commands/r[!u]*.root.test.ts',
  // But step-in: how Node lends its terminal.
  '**/tui/{containers,rootless}.root.test.ts',
  '**/law-1*',
  '**/commands/{complete,examples,images,compare.corpora,recover.corpora}*',
  '**/waste/classify-bytes*.test.ts',
];

export default defineConfig({
  test: {
    exclude: [
      ...configDefaults.exclude,
      ...(haveCorpora() ? [] : ['**/*.corpora.test.ts']),
      ...(isRoot ? [] : ['**/*.root.test.ts', '**/*.root.*.test.ts']),
      ...(process.env.STRATA_TESTS === 'of-node' ? NOT_OF_NODE : []),
    ],
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      // A process for each file takes longer than most of them; test/helpers/as-found.ts sees that they can share one.
      {
        extends: true,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
    ],
    globalSetup: ['test/helpers/global-setup.ts'],
    setupFiles: ['test/helpers/property-seed.ts', 'test/helpers/as-found.ts'],
    sequence: { sequencer: LongestFirst },
    disableConsoleIntercept: true,
    pool: 'forks',
    // One more than processors: there is always one that waits for a disk or another program.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    coverage: {
      provider: 'v8',
      include: ['src/{model,io,layers,images,store}/**'],
      thresholds: { lines: 85 },
    },
  },
});
