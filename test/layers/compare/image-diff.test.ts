import { expect, test } from 'vitest';
import fc from 'fast-check';
import { configChanges } from '../../../src/layers/compare/config-diff.js';
import { alignHistories } from '../../../src/layers/compare/history-diff.js';
import { historyOf } from '../../../src/layers/history/history.js';
import { rebuildNoise } from '../../../src/layers/compare/rebuild-noise.js';
import { differences } from '../../../src/layers/compare/diff.js';
import { unite } from '../../../src/layers/union/unite.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { imageOf } from '../sample-image.js';

test('every field of the configuration that differs, with both values; variables and labels one by one', () => {
  const a = imageOf([{ by: 'RUN a' }], {
    execution: {
      user: 'root',
      cmd: ['sh'],
      env: ['PATH=/bin', 'GONE=1', 'A=x', 'A=y'],
      labels: new Map([['version', '1']]),
      exposedPorts: ['80/tcp', '443/tcp'],
    },
  });
  const b = imageOf([{ by: 'RUN a' }], {
    execution: {
      user: 'root',
      cmd: ['sh', '-c'],
      env: ['A=y', 'PATH=/usr/bin:/bin'],
      labels: new Map([['version', '2']]),
      exposedPorts: ['443/tcp', '80/tcp'],
      stopSignal: 'SIGINT',
    },
  });
  expect(configChanges(a, b).map(({ field, before, after }) => [field, before, after])).toEqual([
    ['Cmd', '["sh"]', '["sh","-c"]'],
    ['Env PATH', '/bin', '/usr/bin:/bin'],
    ['Env GONE', '1', undefined],
    ['Label version', '1', '2'],
    ['Stop signal', undefined, 'SIGINT'],
  ]);
  expect(configChanges(a, a)).toEqual([]);
});

const pairs = (before: readonly string[], after: readonly string[]): string[] =>
  alignHistories(
    historyOf(imageOf(before.map((by) => ({ by })))),
    historyOf(imageOf(after.map((by) => ({ by })))),
  ).map((pair) => {
    const sign = pair.same ? '=' : '~';
    return `${pair.before?.instruction.command ?? ''} ${sign} ${pair.after?.instruction.command ?? ''}`;
  });

test('histories: equal steps side by side, a replaced step beside what replaced it', () => {
  const run = (...names: string[]): string[] => names.map((name) => `/bin/sh -c ${name}`);
  expect(pairs(run('a', 'b', 'c'), run('a', 'x', 'c', 'd'))).toEqual(['a = a', 'b ~ x', 'c = c', ' ~ d']);
  expect(pairs(run('a', 'b', 'c'), run('c'))).toEqual(['a ~ ', 'b ~ ', 'c = c']);
  expect(pairs([], run('a'))).toEqual([' ~ a']);
});

test('histories: every step of both is there once and in order, for any two', () => {
  const steps = fc.array(fc.constantFrom('RUN a', 'RUN b', 'RUN c'), { maxLength: 8 });
  fc.assert(
    fc.property(steps, steps, (a, b) => {
      const [before, after] = [
        historyOf(imageOf(a.map((by) => ({ by })))),
        historyOf(imageOf(b.map((by) => ({ by })))),
      ];
      const aligned = alignHistories(before, after);
      expect(aligned.flatMap((pair) => pair.before ?? [])).toEqual(before);
      expect(aligned.flatMap((pair) => pair.after ?? [])).toEqual(after);
    }),
  );
});

test('thousands of steps that have nothing in common end at once, one beside the other', () => {
  const many = (letter: string) =>
    historyOf(
      imageOf(
        Array.from({ length: 3000 }, (_, i) => ({ by: `RUN ${letter}${String(i)}` })),
        { layers: 0 },
      ),
    );
  const aligned = alignHistories(many('a'), many('b'));
  expect(aligned).toHaveLength(3000);
  expect(aligned.every(({ same }) => !same)).toBe(true);
});

test('what a rebuild changes is told apart from what it does not', () => {
  const base = (version: string, mtime: number): MemberSpec[] => [
    { name: 'etc/ld.so.cache', content: version, mtime },
    { name: 'etc/machine-id', content: version, mtime },
    { name: 'etc/passwd', content: version, mtime },
    { name: 'etc/passwd-', content: version, mtime },
    { name: 'usr/bin/tool', content: 'same', mtime },
    { name: 'usr/lib/x.pyc', content: version, mtime },
    { name: 'usr/lib/setuid.pyc', content: version, mtime, mode: version === '1' ? 0o644 : 0o4755 },
    { name: 'var/cache/thing', content: version, mtime },
    { name: 'var/lib/apt/lists/x_InRelease', content: version, mtime },
    { name: 'var/log/dpkg.log', content: version, mtime },
    { name: version === '1' ? 'var/cache/old' : 'var/cache/new', content: version, mtime },
  ];
  const side = (version: string, mtime: number) => ({ union: unite([layerOf(base(version, mtime))]), n: 1 });
  const reasons = [...differences(side('1', 1), side('2', 2))].map((difference) => [
    difference.path,
    rebuildNoise(difference),
  ]);
  expect(Object.fromEntries(reasons)).toEqual({
    '/etc/ld.so.cache': 'ld.so.cache',
    '/etc/machine-id': 'machine id',
    '/etc/passwd': undefined,
    '/etc/passwd-': 'backup copy',
    '/usr/bin/tool': 'mtime',
    '/usr/lib/x.pyc': 'bytecode',
    '/usr/lib/setuid.pyc': undefined,
    '/var/cache/thing': 'cache',
    '/var/cache/new': 'cache',
    '/var/cache/old': 'cache',
    '/var/lib/apt/lists/x_InRelease': 'package lists',
    '/var/log/dpkg.log': 'log',
  });
});

test('what came into a noisy place is real when it can do something', () => {
  const came = (member: MemberSpec) => {
    const [difference] = differences(
      { union: unite([layerOf([])]), n: 1 },
      { union: unite([layerOf([member])]), n: 1 },
      { tops: [`/${String(member.name)}`] },
    );
    return rebuildNoise(difference);
  };
  expect(came({ name: 'tmp/left', content: 'x' })).toBe('temporary file');
  expect(came({ name: 'tmp/left', content: 'x', mode: 0o4755 })).toBeUndefined();
  expect(came({ name: 'tmp/left', content: 'x', xattrs: { 'security.capability': 'x' } })).toBeUndefined();
  expect(came({ name: 'var/cache/mem', type: 'char', device: [1, 1] })).toBeUndefined();
  expect(came({ name: 'var/log/link', type: 'symlink', link: '/etc/shadow' })).toBeUndefined();
  expect(came({ name: 'run/secrets/token', content: 'x' })).toBeUndefined();
  expect(came({ name: 'usr/lib/app/evil.pyc', content: 'x' })).toBeUndefined();
  expect(came({ name: 'usr/lib/app/__pycache__/a.pyc', content: 'x' })).toBe('bytecode');
});
