import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StrataError } from '../../src/model/error.js';
import { parseReference, type Reference } from '../../src/model/reference.js';

const parse = (text: string, ...existing: string[]): Reference =>
  parseReference(text, (path) => existing.includes(path));
const tag = (name: string): object => ({ kind: 'tag', tag: name });
const index = (at: number): object => ({ kind: 'index', index: at });
const number = (at: number): object => ({ kind: 'number', number: at });
const D = `sha256:${'a'.repeat(64)}`;

// text, existing paths, transport, target, selector, snapshot
type Case = [
  text: string,
  existing: string[],
  transport: string,
  target: string,
  selector?: object | undefined,
  snapshot?: object | undefined,
];

const CASES: Case[] = [
  ['docker-archive:app.tar', [], 'docker-archive', 'app.tar'],
  ['docker-archive:app.tar:app:1', [], 'docker-archive', 'app.tar', tag('app:1')],
  ['docker-archive:app.tar:host:5000/app:1', [], 'docker-archive', 'app.tar', tag('host:5000/app:1')],
  ['docker-archive:app.tar:@1', [], 'docker-archive', 'app.tar', index(1)],
  ['docker-archive:app.tar@5', [], 'docker-archive', 'app.tar', undefined, number(5)],
  ['docker-archive:app.tar:@0@3', [], 'docker-archive', 'app.tar', index(0), number(3)],
  ['docker-archive:app.tar:app:1@-2', [], 'docker-archive', 'app.tar', tag('app:1'), number(-2)],
  [`docker-archive:app.tar:${D}`, [], 'docker-archive', 'app.tar', { kind: 'digest', digest: D }],
  [
    'docker-archive:app.tar@sha256:ab12',
    [],
    'docker-archive',
    'app.tar',
    undefined,
    { kind: 'digest', prefix: 'sha256:ab12' },
  ],
  ['oci:./layout:tag@-2', [], 'oci', './layout', tag('tag'), number(-2)],
  ['oci:layout', [], 'oci', 'layout'],
  ['oci:layout:@2', [], 'oci', 'layout', index(2)],
  ['oci-archive:a.tar:v1', [], 'oci-archive', 'a.tar', tag('v1')],
  ['dir:a:b', [], 'dir', 'a:b'],
  ['dir:a@2', [], 'dir', 'a', undefined, number(2)],
  ['rootfs:/srv/root', [], 'rootfs', '/srv/root'],
  ['store:nginx:1.27', [], 'store', 'nginx:1.27'],
  ['store:nginx:1.27@3', [], 'store', 'nginx:1.27', undefined, number(3)],
  [`store:${D}`, [], 'store', D],
  ['-', [], 'path', '-'],
  ['-@3', [], 'path', '-', undefined, number(3)],
  ['-:app:1', [], 'path', '-', tag('app:1')],
  ['docker-archive:-:app:1@2', [], 'docker-archive', '-', tag('app:1'), number(2)],
  ['app.tar', ['app.tar'], 'path', 'app.tar'],
  ['app.tar@2', ['app.tar'], 'path', 'app.tar', undefined, number(2)],
  ['app.tar:v1', ['app.tar'], 'path', 'app.tar', tag('v1')],
  ['app.tar:@1@2', ['app.tar'], 'path', 'app.tar', index(1), number(2)],
  ['./missing.tar', [], 'path', './missing.tar'],
  ['nginx:1.27@3', [], 'name', 'nginx:1.27', undefined, number(3)],
  ['nginx', [], 'name', 'nginx'],
  [`nginx@${D}`, [], 'name', `nginx@${D}`],
  [`nginx@${D}@2`, [], 'name', `nginx@${D}`, undefined, number(2)],
  ['nginx@sha256:ab12', [], 'name', 'nginx', undefined, { kind: 'digest', prefix: 'sha256:ab12' }],
  ['docker:27', [], 'name', 'docker:27'],
];

test.each(CASES.map((one) => [one[0], one[1], one] as const))(
  '%s (with %j) parses',
  (text, existing, [, , transport, target, selector, snapshot]) => {
    expect(parse(text, ...existing)).toEqual({ text, transport, target, selector, snapshot });
  },
);

describe('an existing file wins', () => {
  test.each([
    ['over a snapshot suffix', 'app.tar@5', 'app.tar@5', 'path'],
    ['over a transport', 'oci:dir', 'oci:dir', 'path'],
    ['over a transport of later', 'docker://x', 'docker://x', 'path'],
    ['over a snapshot suffix behind a transport', 'docker-archive:app.tar@5', 'app.tar@5', 'docker-archive'],
    ['over a selector', 'oci:a:b', 'a:b', 'oci'],
    ['over a name', 'nginx', 'nginx', 'path'],
  ])('%s', (_, text, existing, transport) => {
    expect(parse(text, existing)).toMatchObject({
      transport,
      target: existing,
      selector: undefined,
      snapshot: undefined,
    });
  });

  test('and among the splits at colons the longest', () => {
    expect(parse('oci:a:b:c', 'a', 'a:b')).toMatchObject({ target: 'a:b', selector: tag('c') });
    expect(parse('oci:a:b:c')).toMatchObject({ target: 'a', selector: tag('b:c') });
  });
});

test.each([
  ['', 'E_REFERENCE'],
  ['a\0b', 'E_REFERENCE'],
  ['oci:', 'E_REFERENCE'],
  ['oci:dir:', 'E_REFERENCE'],
  ['docker-archive:a.tar:@x', 'E_REFERENCE'],
  ['docker-archive:a.tar:UPPER', 'E_REFERENCE'],
  ['Nginx', 'E_REFERENCE'],
  ['store:NGINX', 'E_REFERENCE'],
  ['no such file', 'E_REFERENCE'],
  ['docker://nginx', 'E_USAGE'],
  ['docker-daemon:nginx', 'E_USAGE'],
  ['podman:nginx', 'E_USAGE'],
  ['containers-storage:nginx', 'E_USAGE'],
])('%j is %s', (text, code) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code }) as Error);
});

test('a transport of later says how to get the image today', () => {
  try {
    parse('docker-daemon:nginx:1');
    expect.unreachable();
  } catch (thrown) {
    expect((thrown as StrataError).hint).toBe('pipe it: docker save nginx:1 | strata -');
  }
});

test('no text makes the parser throw anything but a StrataError, and it asks for few paths', () => {
  const pieces = fc.constantFrom(
    'docker-archive:',
    'oci:',
    'store:',
    '-',
    '@',
    ':',
    '@1',
    '@-1',
    'a',
    '/',
    '.',
    'sha256:',
    'ab12',
    ' ',
    'A',
    '\\',
    D,
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), fc.boolean(), (parts, exists) => {
      let asked = 0;
      try {
        parseReference(parts.join(''), () => {
          asked += 1;
          return exists;
        });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StrataError);
      }
      expect(asked).toBeLessThan(200);
    }),
  );
});
