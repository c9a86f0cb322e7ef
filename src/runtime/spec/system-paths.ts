import type { Architecture } from './seccomp.js';

/** What docker hides of /proc and /sys: memory, keys and events of the host, and side channels of its processors. */
const MASKED: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

/** What docker lets be read and not written. */
export const READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** Returns the paths to hide, with the counters of each processor that tell others' load (GHSA-6fw5-f8r9-fgfm). */
export function maskedPaths(architecture: Architecture, cpus: number): readonly string[] {
  if (architecture !== 'x86_64') return MASKED;
  const throttle = Array.from(
    { length: cpus },
    (_, cpu) => `/sys/devices/system/cpu/cpu${String(cpu)}/thermal_throttle`,
  );
  return [...MASKED, ...throttle];
}
