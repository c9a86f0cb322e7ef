import { check, cString, declare, shown, type SysPath } from './libc.js';

const mount = declare(
  'int mount(const uint8_t *source, const uint8_t *target, const uint8_t *type, unsigned long flags, const uint8_t *data)',
);

/** Bytes that mount(2) reads of the options on every machine: the smallest page, less the NUL. What is behind is lost silently. */
export const PAGE_OPTIONS = 4095;

/** Mounts a file system by mount(2), with options as fstab(5) has them, {@link PAGE_OPTIONS} bytes at most. Throws SystemCallError. */
export function mountByPage(type: string, target: SysPath, options: string): void {
  const result = mount(cString(type), cString(target), cString(type), 0, cString(options));
  check('mounting', `${type} on ${shown(target)}`, result);
}
