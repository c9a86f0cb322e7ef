import { configDefaults, defineConfig } from 'vitest/config';
import { haveCorpora } from './test/helpers/global-setup.js';

/** Only root can mount and run containers. */
const isRoot = process.getuid?.() === 0;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(haveCorpora() ? [] : ['**/*.corpora.test.ts']),
      ...(isRoot ? [] : ['**/*.root.test.ts', '**/*.root.*.test.ts']),
    ],
    globalSetup: ['test/helpers/global-setup.ts'],
    setupFiles: ['test/helpers/property-seed.ts'],
    disableConsoleIntercept: true,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    coverage: {
      provider: 'v8',
      include: ['src/{model,io,layers,images,store}/**'],
      thresholds: { lines: 85 },
    },
  },
});
