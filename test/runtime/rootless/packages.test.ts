import { expect, test } from 'vitest';
import { installLine, missingPackages } from '../../../src/runtime/rootless/packages.js';

const having =
  (...programs: string[]) =>
  (name: string): string | undefined =>
    programs.includes(name) ? `/usr/bin/${name}` : undefined;

test('one line installs all that is not there, each package once', () => {
  expect(installLine(missingPackages(true, having('unshare', 'nsenter')))).toBe(
    'apt-get install -y conmon crun uidmap',
  );
  expect(missingPackages(false, having('unshare', 'nsenter'))).toEqual(['crun', 'conmon']);
  expect(missingPackages(false, having('unshare', 'nsenter', 'runc', 'conmon'))).toEqual([]);
  expect(missingPackages(true, having())).toEqual(['crun', 'conmon', 'uidmap', 'util-linux']);
});
