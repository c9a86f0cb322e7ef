import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StrataError } from '../../../src/model/error.js';
import { parseCapability } from '../../../src/runtime/spec/capabilities.js';
import { parseCsvLine } from '../../../src/runtime/spec/csv.js';
import { parseDevice, parseDeviceRule } from '../../../src/runtime/spec/devices.js';
import { parseEnvFile } from '../../../src/runtime/spec/env-file.js';
import { parseEnvironment } from '../../../src/runtime/spec/environment.js';
import { parseHostName } from '../../../src/runtime/spec/host-name.js';
import { parseAddHost } from '../../../src/runtime/spec/hosts.js';
import {
  parseCpuPeriod,
  parseCpuQuota,
  parseCpus,
  parseCpuset,
  parseCpuShares,
  parseMemory,
  parseMemorySwap,
  parsePidsLimit,
} from '../../../src/runtime/spec/limits.js';
import { parseMount } from '../../../src/runtime/spec/mount-flag.js';
import { parseNamespace } from '../../../src/runtime/spec/namespaces.js';
import {
  chooseResolver,
  formatResolver,
  parseNameServer,
  parseResolverOption,
  parseSearchDomain,
  readResolver,
} from '../../../src/runtime/spec/resolver.js';
import { readSeccompFile } from '../../../src/runtime/spec/seccomp-file.js';
import { parseSecurityOptions } from '../../../src/runtime/spec/security-options.js';
import { parseSignal, stopSignal } from '../../../src/runtime/spec/signals.js';
import { parseSize } from '../../../src/runtime/spec/sizes.js';
import { parseSysctl } from '../../../src/runtime/spec/sysctls.js';
import { parseOwnLimits, parseUlimit } from '../../../src/runtime/spec/ulimits.js';
import { parseTmpfs, parseVolume } from '../../../src/runtime/spec/user-mounts.js';
import { findUser } from '../../../src/runtime/spec/users.js';
import { workingDirectory } from '../../../src/runtime/spec/working-directory.js';
import { configWith } from './bundle.js';

/* Whatever a flag or an image says, the answer is a value or a StrataError with words, never another exception. */

const seccompOptions = { architecture: 'x86_64', capabilities: [], kernel: '6.1.0' } as const;
const PARSERS: Readonly<Record<string, readonly [parse: (text: string) => unknown, good: string]>> = {
  addHost: [(text) => parseAddHost(text, undefined), 'db:10.0.0.7'],
  capability: [parseCapability, 'CAP_NET_ADMIN'],
  cpuPeriod: [parseCpuPeriod, '50000'],
  cpuQuota: [parseCpuQuota, '25000'],
  cpuShares: [parseCpuShares, '512'],
  cpus: [parseCpus, '1.5'],
  cpuset: [parseCpuset, '0-2,7'],
  csv: [(text) => parseCsvLine(text, '--mount'), 'a,"b,""c""",d'],
  device: [parseDevice, '/dev/sda:/dev/xvda:rw'],
  deviceRule: [parseDeviceRule, 'c 42:* rwm'],
  envFile: [(text) => parseEnvFile(Buffer.from(text), 'file', {}), '# no\nA=b\r\n C=d\nE'],
  environment: [(text) => parseEnvironment(text, {}), 'KEY=value'],
  hostname: [(text) => parseHostName(text, '--hostname'), 'a.example-1'],
  memory: [(text) => parseMemory(text), '64m'],
  memorySwap: [parseMemorySwap, '-1'],
  mount: [
    (text) => parseMount(text, '/cwd'),
    'type=bind,source=/a,target=/b,readonly,bind-recursive=disabled',
  ],
  namespace: [(text) => parseNamespace(text, '--pid'), 'host'],
  nameServer: [parseNameServer, '10.0.0.1'],
  ownLimits: [parseOwnLimits, 'Max open files            20000                20000                files'],
  pidsLimit: [parsePidsLimit, '100'],
  resolver: [readResolver, 'nameserver 1.1.1.1\nsearch a b\noptions ndots:2'],
  resolverOption: [parseResolverOption, 'ndots:2'],
  seccompFile: [
    (text) => readSeccompFile(Buffer.from(text), 'file', seccompOptions),
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}],"includes":{"minKernel":"4.8","caps":["CAP_BPF"]}}]}',
  ],
  searchDomain: [parseSearchDomain, 'example.org'],
  securityOptions: [(text) => parseSecurityOptions([text]), 'no-new-privileges=true'],
  signal: [parseSignal, 'SIGRTMIN+3'],
  size: [(text) => parseSize(text, '--memory'), '1.5g'],
  stopSignal: [(text) => stopSignal(undefined, text), 'SIGQUIT'],
  sysctl: [parseSysctl, 'net.core.somaxconn=1024'],
  tmpfs: [parseTmpfs, '/run:size=64m,mode=755'],
  ulimit: [parseUlimit, 'nofile=1024:2048'],
  user: [(text) => findUser(text, { passwd: 'a:x:1:2::/home:', group: 'b:x:3:a' }), 'a:b'],
  passwd: [
    (text) => findUser('worker', { passwd: text, group: text }),
    'worker:x:12:34::/home/worker:/bin/sh\n',
  ],
  group: [(text) => findUser('0:worker', { passwd: text, group: text }), 'worker:x:12:a,b\n'],
  volume: [(text) => parseVolume(text, '/cwd'), './data:/data:ro,rslave'],
  workingDirectory: [(text) => workingDirectory(text, ''), '/srv/app'],
};

/** Texts near a good one: parts of it doubled, dropped, and put together with odd things. */
function mutations(good: string): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    '',
    ':',
    '=',
    ',',
    '/',
    '..',
    '\0',
    '\n',
    '-1',
    '99999999999999999999',
    '"',
    '\ud800',
    'ａ',
    ' ',
  );
  const cut = fc.tuple(fc.nat(good.length), fc.nat(good.length), odd, fc.nat(2));
  return fc
    .array(cut, { maxLength: 4 })
    .map((cuts) =>
      cuts.reduce(
        (text, [from, to, word, times]) => text.slice(0, from) + word.repeat(times + 1) + text.slice(to),
        good,
      ),
    );
}

describe.each(Object.entries(PARSERS))('%s', (_, [parse, good]) => {
  test('takes what is good', () => {
    expect(() => parse(good)).not.toThrow();
  });
  test('refuses odd texts in words, or takes them', () => {
    const texts = fc.oneof(mutations(good), fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(StrataError);
          expect((thrown as StrataError).code).not.toBe('E_INTERNAL');
        }
      }),
      { numRuns: 400 },
    );
  });
});

test('a configuration of any image is made or refused, without a NUL and without a second meaning', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const texts = fc.array(text, { maxLength: 4 });
  const image = fc.record({
    user: text,
    env: texts,
    entrypoint: texts,
    cmd: texts,
    workingDir: text,
    stopSignal: text,
  });
  fc.assert(
    fc.property(image, text, (execution, passwd) => {
      try {
        const { config } = configWith({ image: execution, files: { passwd, group: passwd } });
        const { args, env, cwd, user } = config.process;
        for (const one of [...args, ...env, cwd]) expect(one).not.toContain('\0');
        expect(cwd).toMatch(/^\//);
        expect(new Set(env.map((one) => one.split('=')[0])).size).toBe(env.length);
        for (const id of [user.uid, user.gid, ...user.additionalGids]) expect(id).toBeGreaterThanOrEqual(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StrataError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('nothing of a host leads to a second line of resolv.conf', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const host = readResolver(text);
      const lines = formatResolver(
        chooseResolver({ host, user: { servers: [], search: [], options: [] }, sharesNetwork: false }),
      ).split('\n');
      for (const line of lines) expect(line).toMatch(/^(nameserver |search |options |$)/);
    }),
  );
});
