import { describe, expect, test } from 'vitest';
import {
  type CgroupView,
  delegatedCgroup,
  delegationRemedy,
} from '../../../src/runtime/rootless/delegated-cgroup.js';

const V1 = '4:memory:/own\n3:cpu,cpuacct:/own\n1:name=systemd:/own\n0::/\n';
const ROOT = '/sys/fs/cgroup';

function view(
  layout: CgroupView['layout'],
  own: string,
  writable: readonly string[],
  files: Readonly<Record<string, string>> = {},
): CgroupView {
  return {
    layout,
    uid: 1001,
    own,
    mayWrite: (file) => writable.includes(file.slice(ROOT.length)),
    read: (file) => files[file.slice(ROOT.length)] ?? '',
  };
}

const everywhere = (group: string): string[] =>
  ['memory', 'cpu,cpuacct', 'systemd'].map((name) => `/${name}${group}`);

describe('a delegated control group', () => {
  test('of version 1 is one that can be written in every hierarchy: that of strata, or the own one', () => {
    const strata = everywhere('/strata/1001');
    expect(delegatedCgroup(view('v1', V1, strata))).toEqual({
      parent: '/strata/1001',
      controllers: undefined,
    });
    expect(delegatedCgroup(view('hybrid', V1, strata))?.parent).toBe('/strata/1001');
    expect(delegatedCgroup(view('v1', V1, everywhere('/own')))?.parent).toBe('/own');
    for (let i = 0; i < strata.length; i++)
      expect(delegatedCgroup(view('v1', V1, strata.toSpliced(i, 1)))).toBeUndefined();
    expect(
      delegatedCgroup(view('v1', V1.replace('cpuacct:/own', 'cpuacct:/'), everywhere('/own'))),
    ).toBeUndefined();
  });

  test('is never the root, nor one outside of the namespace of control groups', () => {
    expect(delegatedCgroup(view('v1', '4:memory:/\n', ['/memory/', '/memory']))).toBeUndefined();
    expect(delegatedCgroup(view('v1', '4:memory:/../x\n', ['/memory/../x', '/x']))).toBeUndefined();
    expect(delegatedCgroup(view('none', '', []))).toBeUndefined();
  });

  test('of version 2 is the nearest above without processes, as far as all above this process is the user’s', () => {
    const files = (group: string): string[] => [
      group,
      `${group}/cgroup.procs`,
      `${group}/cgroup.subtree_control`,
    ];
    const own = '0::/user/app/run.scope\n';
    const busy = {
      '/user/app/run.scope/cgroup.procs': '12\n',
      '/user/app/cgroup.controllers': 'cpu memory\n',
    };
    const both = [...files('/user/app/run.scope'), ...files('/user/app')];
    expect(delegatedCgroup(view('v2', own, both, busy))).toEqual({
      parent: '/user/app',
      controllers: ['cpu', 'memory'],
    });
    expect(delegatedCgroup(view('v2', own, files('/user/app'), busy))).toBeUndefined();
    expect(delegatedCgroup(view('v2', own, files('/user/app/run.scope'), busy))).toBeUndefined();
    expect(delegatedCgroup(view('v2', '0::/\n', ['/'], {}))).toBeUndefined();
  });

  test('of systemd is the slice above a scope of the user; a login session alone is root’s', () => {
    const service = '/user.slice/user-1001.slice/user@1001.service';
    const slice = `${service}/app.slice`;
    const scope = `${slice}/run-r5d0b.scope`;
    // chown(2) of systemd(1) with Delegate=: the group, and the files that make groups below it.
    const owned = [service, slice, scope].flatMap((group) =>
      ['', '/cgroup.procs', '/cgroup.subtree_control'].map((name) => `${group}${name}`),
    );
    const files = {
      [`${scope}/cgroup.procs`]: '4711\n',
      [`${slice}/cgroup.procs`]: '',
      [`${slice}/cgroup.controllers`]: 'cpuset cpu io memory pids\n',
    };
    expect(delegatedCgroup(view('v2', `0::${scope}\n`, owned, files))).toEqual({
      parent: slice,
      controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
    });
    const session = '/user.slice/user-1001.slice/session-3.scope';
    expect(delegatedCgroup(view('v2', `0::${session}\n`, owned, files))).toBeUndefined();
    // In a hybrid layout what counts are the controllers of version 1, which systemd delegates to nobody.
    const hybrid = `4:memory:/user.slice\n1:name=systemd:${scope}\n0::${scope}\n`;
    expect(delegatedCgroup(view('hybrid', hybrid, owned, files))).toBeUndefined();
  });
});

test('what root has to run can be copied from where backslashes are shown as two', () => {
  for (const layout of ['v1', 'hybrid', 'v2'] as const)
    expect(delegationRemedy(layout, 1001)).not.toContain('\\');
});
