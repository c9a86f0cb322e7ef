import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalName,
  familiarName,
  parseDistributionName,
  readDistributionName,
} from '../../src/model/distribution-name.js';

const A64 = 'a'.repeat(64);

// The cases are those of distribution/reference's own test tables, by what they are about.
test.each([
  ['test_com', 'docker.io', 'library/test_com', undefined],
  ['test.com:tag', 'docker.io', 'library/test.com', 'tag'],
  ['test.com:5000', 'docker.io', 'library/test.com', '5000'],
  ['test.com/repo:tag', 'test.com', 'repo', 'tag'],
  ['test.com:8000/repo:tag', 'test.com:8000', 'repo', 'tag'],
  ['test:5000/repo', 'test:5000', 'repo', undefined],
  ['localhost/repo', 'localhost', 'repo', undefined],
  ['Uppercase/lowercase:tag', 'Uppercase', 'lowercase', 'tag'],
  ['[2001:db8::1]:5000/repo', '[2001:db8::1]:5000', 'repo', undefined],
  ['[2001:db8::1]/repo:tag', '[2001:db8::1]', 'repo', 'tag'],
  ['192.168.1.1:5000/repo', '192.168.1.1:5000', 'repo', undefined],
  ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com', 'myimage', 'xn--n3h.com'],
  ['foo_bar.com:8080', 'docker.io', 'library/foo_bar.com', '8080'],
  ['foo/foo_bar.com:8080', 'docker.io', 'foo/foo_bar.com', '8080'],
  ['a/b/c/d', 'docker.io', 'a/b/c/d', undefined],
  ['docker.io/nginx', 'docker.io', 'library/nginx', undefined],
  ['index.docker.io/nginx', 'docker.io', 'library/nginx', undefined],
  ['registry-1.docker.io/library/nginx:1', 'docker.io', 'library/nginx', '1'],
  ['b.gcr.io/test.example.com/my-app:v1', 'b.gcr.io', 'test.example.com/my-app', 'v1'],
  ['a__b/c---d', 'docker.io', 'a__b/c---d', undefined],
])('%s is a name', (text, domain, path, tag) => {
  expect(parseDistributionName(text)).toEqual({ domain, path, tag, digest: undefined });
});

test.each(['BAD NAME!!', 'a//b', 'test.com/x y:1'])('what is said of %s is about what was typed', (text) => {
  const name = readDistributionName(text);
  expect(name).toHaveProperty('why', expect.stringContaining(`'${text.replace(/:1$/, '')}' is not a`));
});

test.each([
  ['empty', ''],
  ['only a tag', ':justtag'],
  ['only a digest', `@sha256:${A64}`],
  ['a short digest', 'repo@sha256:ffff'],
  ['a digest of no algorithm', `validname@${A64}`],
  ['upper case', 'Uppercase:tag'],
  ['upper case in the path', 'test.com/Repo'],
  ['two slashes', 'a//b'],
  ['a leading slash', '/foo'],
  ['a trailing slash', 'foo/'],
  ['a leading dash', '-rf'],
  ['three underscores', 'a___b'],
  ['two dots', 'a..b'],
  ['underscores around', '__proto__:1'],
  ['a scheme', 'http://x/a:1'],
  ['an escape sequence', '\u001b[31mevil:1'],
  ['an empty tag', 'repo:'],
  ['a tag of 129', `repo:${'t'.repeat(129)}`],
  ['a path of 256', 'a'.repeat(256)],
  ['an image ID', A64],
  ['a broken IPv6 host', '[2001:db8::1/repo'],
  ['a non-ASCII letter', 'ngínx'],
  ['a line end', 'nginx\n'],
])('%s is no name', (_, text) => {
  expect(readDistributionName(text)).toHaveProperty('why');
});

test('the longest tag and path are names', () => {
  expect(readDistributionName(`${'a'.repeat(247)}:${'t'.repeat(128)}`)).not.toHaveProperty('why');
});

test('when only the case is wrong the message says so', () => {
  expect(() => parseDistributionName('NGinx')).toThrow('must be lower case');
});

test('all spellings of one image have one canonical name', () => {
  const spellings = [
    'nginx',
    'nginx:latest',
    'library/nginx',
    'docker.io/nginx:latest',
    'index.docker.io/library/nginx',
  ];
  expect(new Set(spellings.map(canonicalName))).toEqual(new Set(['docker.io/library/nginx:latest']));
});

test('a canonical name is its own canonical name', () => {
  const part = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)?$/);
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.option(fc.stringMatching(/^\w[\w.-]{0,10}$/)),
      (parts, tag) => {
        const once = canonicalName(parts.join('/') + (tag === null ? '' : `:${tag}`));
        expect(canonicalName(once)).toBe(once);
      },
    ),
  );
});

test('a name is shown as docker shows it; a text that is no name stays as it is', () => {
  expect(
    ['docker.io/library/app', 'docker.io/me/app:1', 'quay.io/app:1', 'docker.io/Bad', 'docker.io/'].map(
      familiarName,
    ),
  ).toEqual(['app:latest', 'me/app:1', 'quay.io/app:1', 'docker.io/Bad', 'docker.io/']);
});
