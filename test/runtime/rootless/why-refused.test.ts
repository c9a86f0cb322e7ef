import { expect, test } from 'vitest';
import { whyRefused } from '../../../src/runtime/rootless/why-refused.js';

test.each([
  ['user.max_user_namespaces', 0, 'sysctl -w user.max_user_namespaces=15000'],
  ['kernel.unprivileged_userns_clone', 0, 'sysctl -w kernel.unprivileged_userns_clone=1'],
  [
    'kernel.apparmor_restrict_unprivileged_userns',
    1,
    'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
])('%s = %d refuses user namespaces, and its remedy is told', (name, value, remedy) => {
  expect(whyRefused((asked) => (asked === name ? value : undefined))).toEqual({
    why: `${name} is ${String(value)}`,
    remedy,
  });
  expect(whyRefused((asked) => (asked === name ? 1 - value : undefined))).toBeUndefined();
});
