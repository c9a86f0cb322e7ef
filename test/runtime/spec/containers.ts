import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { HostFacts } from '../../../src/runtime/spec/host-facts.js';
import type { RunRequest } from '../../../src/runtime/spec/request.js';
import { mountNew } from '../../../src/runtime/sys/mount.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { useFolder } from '../../helpers/look.js';
import { configWith, exists, makeRoot, removeControlGroups, runBundle, thisHost } from './bundle.js';

export interface Containers {
  readonly folder: () => string;
  /** Runs a command, which must end well, and returns the lines it printed. */
  readonly run: (
    runtime: string,
    command: readonly string[],
    request?: Partial<RunRequest>,
    options?: { readonly host?: Partial<HostFacts>; readonly inside?: readonly string[] },
  ) => string[];
  /** The same for a script of busybox. */
  readonly shell: (runtime: string, script: string, request?: Partial<RunRequest>) => string[];
}

/** Gives the tests of a file containers over a root file system of busybox, which leave nothing behind. */
export function useContainers(): Containers {
  const folder = useFolder();
  const parent = `strata-test-${String(process.pid)}`;
  let root: string;
  let count = 0;
  beforeAll(() => {
    enterPrivateMounts();
    // Crun refuses hosts with both versions of control groups; without the second it sees the first only.
    if (exists('/sys/fs/cgroup/unified')) mountNew('tmpfs', '/sys/fs/cgroup/unified', []);
    root = makeRoot(folder());
  });
  afterAll(() => removeControlGroups(parent));
  const run: Containers['run'] = (runtime, command, request, { host, inside } = {}) => {
    const id = `box${String(count++)}`;
    const made = configWith({
      request: { rootfs: root, cgroupsPath: `/${parent}/${id}`, command, ...request },
      host: { ...thisHost(), ...host },
      files: {
        passwd: readFileSync(path.join(root, 'etc/passwd'), 'utf8'),
        group: readFileSync(path.join(root, 'etc/group'), 'utf8'),
      },
    });
    const ran = runBundle(runtime, folder(), id, made, inside);
    expect(ran).toMatchObject({ stderr: '', status: 0 });
    return ran.stdout.trim().split('\n');
  };
  return {
    folder,
    run,
    shell: (runtime, script, request) => run(runtime, ['/bin/sh', '-c', script], request),
  };
}
