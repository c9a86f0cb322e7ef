import { describe, expect, test } from 'vitest';
import { cgroupLayout } from '../../../src/runtime/rootfs/cgroup.js';

/* The mounts of real machines, as their /proc/self/mountinfo has them. */

const SYSTEM = `22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:13 - proc proc rw
23 28 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw`;

/** Debian 12. */
const UNIFIED = `${SYSTEM}
29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
30 23 0:27 / /sys/fs/pstore rw,nosuid,nodev,noexec,relatime shared:10 - pstore pstore rw`;

const LEGACY_CONTROLLERS = `36 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
37 32 0:32 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,memory
38 32 0:33 / /sys/fs/cgroup/freezer rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,freezer`;

/** Debian 10, Ubuntu 20.04. */
const HYBRID = `${SYSTEM}
32 23 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
33 32 0:28 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
34 32 0:29 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
${LEGACY_CONTROLLERS}`;

/** CentOS 7. */
const LEGACY = `${SYSTEM}
25 23 0:22 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,seclabel,mode=755
26 25 0:23 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:9 - cgroup cgroup rw,xattr,release_agent=/usr/lib/systemd/systemd-cgroups-agent,name=systemd
${LEGACY_CONTROLLERS}`;

describe('the layout of control groups', () => {
  test.each([
    ['v2', 'all in one', UNIFIED],
    ['hybrid', 'controllers of version 1 beside an empty version 2', HYBRID],
    ['v1', 'version 1 alone', LEGACY],
    ['none', 'nothing', SYSTEM],
    ['none', 'a place without any hierarchy', `${SYSTEM}\n32 23 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs ro`],
    ['v2', 'in a container of version 1, where somebody mounted the other', `${LEGACY}\n${UNIFIED}`],
    [
      'v1',
      'where the second hierarchy is hidden from a runtime',
      `${HYBRID}\n90 33 0:70 / /sys/fs/cgroup/unified rw - tmpfs tmpfs rw,mode=755`,
    ],
    [
      'v1',
      'a second one that is mounted where no runtime looks',
      `${LEGACY}\n90 23 0:70 / /mnt/cgroup2 rw - cgroup2 cgroup2 rw`,
    ],
  ])('%s: %s', (layout, _, mountinfo) => {
    expect(cgroupLayout(mountinfo)).toBe(layout);
  });
});
