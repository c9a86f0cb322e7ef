import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeUser, type OrdinaryUser } from '../helpers/ordinary-user.js';
import { needRoot } from '../helpers/tool.js';

/* Law: what permissions hide is said to be hidden and not to be damaged, and nothing is removed while it is. */

let user: OrdinaryUser;
let manifest: string;

beforeAll(() => {
  needRoot();
  user = makeUser(false);
  const copied = user.strata('copy', '-q', '../strata/fixtures/generated/demo.tar', 'store:demo:1');
  manifest = /^sha256:([0-9a-f]{64})/.exec(copied.stdout)?.[1] ?? copied.stderr;
  expect(user.run('chmod', '000', `store/blobs/sha256/${manifest}`)).toMatchObject({ status: 0 });
});
afterAll(() => {
  user.remove();
});

test('fsck finds a manifest that must not be read, and no other damage', () => {
  const { status, stdout } = user.strata('fsck', '--json');
  const { findings } = JSON.parse(stdout) as { findings: { code: string; path: string }[] };
  expect(status).toBe(3);
  expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['blob-unreadable']));
  for (const { path } of findings) expect(path).toContain(manifest);
});

test('prune removes no blob then', () => {
  const before = user.shell('ls store/blobs/sha256').stdout;
  const { stderr } = user.strata('prune', '--all', '--blobs-older-than', '0s');
  expect(stderr).toMatch(/manifest that an image needs is missing, damaged or not to be read/);
  expect(user.shell('ls store/blobs/sha256').stdout).toBe(before);
});
