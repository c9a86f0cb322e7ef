import { describe, test } from 'vitest';

/** Only root can make files of other owners, devices and mounts. */
const isRoot = process.getuid?.() === 0;

/**
 * A test that compares what only root can make. As another user it is left out, which global-setup.ts announces and
 * refuses in CI.
 */
export const rootTest = test.skipIf(!isRoot);

/** The same for a group of tests. */
export const describeAsRoot = describe.skipIf(!isRoot);
