import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longer than 15 s, the longest first: none of them is to run alone at the end, with a processor idle. */
const LONG = [
  'runtime/faults/kills.root',
  'runtime/erofs/images.root.corpora',
  'commands/commit.root',
  'runtime/rootless/rootless.root',
  'commands/commit-images.root',
  'io/codec/streams.corpora',
  'commands/commit-real.root',
  'commands/lifecycle.root',
  'runtime/erofs/images.root',
  'commands/hostile-run.root',
  'runtime/unpacked/hostile.root.corpora',
  'commands/races.root',
  'tui/containers.root',
  'commands/compare.corpora',
  'commands/verify.corpora',
  'layers/waste/classify-bytes',
  'layers/compare/diff.real',
  'commands/recover.real',
  'commands/complete',
  'layers/law-1',
  'commands/base',
  'commands/examples',
  'commands/recover.corpora',
  'layers/law-1.corpora',
  'store/crash',
  'tui/hostile.corpora',
  'layers/law-1-links',
  'commands/diff.real',
];

/** Vitest's own order, which knows nothing of how long a file takes in a fresh checkout, with those in front. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => projectOf(a).localeCompare(projectOf(b)) || place(a) - place(b));
  }
}

function projectOf({ project }: TestSpecification): string {
  return project.name;
}

function place({ moduleId }: TestSpecification): number {
  const found = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? LONG.length : found;
}
