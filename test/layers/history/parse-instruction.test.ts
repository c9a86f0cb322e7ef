import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instruction, KnownValues } from '../../../src/layers/history/instruction.js';
import { parseInstruction } from '../../../src/layers/history/parse-instruction.js';

type Row = readonly [
  createdBy: string,
  builder: string,
  text: string,
  more?: Partial<Instruction>,
  known?: KnownValues,
];

const HASH = '5056a97010fd7ce1ceebd1fa4f4891ac3decdf428333fb2683696f4358af6c2f';
const BUILDKIT = { comment: 'buildkit.dockerfile.v0' };
const FROM_DEBIAN = { comment: 'FROM docker.io/library/debian:bookworm' };

const CLASSIC: readonly Row[] = [
  ['/bin/sh -c #(nop)  CMD ["sh"]', 'classic', 'CMD ["sh"]', { list: ['sh'], shell: ['/bin/sh', '-c'] }],
  ['/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]', 'classic', 'CMD ["nginx", "-g", "daemon off;"]'],
  ['/bin/sh -c #(nop)  ENTRYPOINT ["/tini" "--"]', 'classic', 'ENTRYPOINT ["/tini", "--"]'],
  ['/bin/sh -c #(nop) ENTRYPOINT &{["/pause"]}', 'classic', 'ENTRYPOINT ["/pause"]', { list: ['/pause'] }],
  ['/bin/sh -c #(nop) CMD ["a" "b\\tc\\u00e9\\x07"]', 'classic', 'CMD ["a", "b\\tcé\\u0007"]'],
  [
    `/bin/sh -c #(nop) ADD file:${HASH} in / `,
    'classic',
    `ADD file:${HASH} in /`,
    {
      copied: { kind: 'file', checksum: `file:${HASH}`, sources: [], dest: '/', from: undefined, flags: [] },
    },
  ],
  [
    `/bin/sh -c #(nop) COPY dir:${HASH} in a      `,
    'classic',
    `COPY dir:${HASH} in a`,
    {
      copied: { kind: 'dir', checksum: `dir:${HASH}`, sources: [], dest: 'a', from: undefined, flags: [] },
    },
  ],
  [`/bin/sh -c #(nop) COPY multi:${HASH} in /opt/my app/ `, 'classic', `COPY multi:${HASH} in /opt/my app/`],
  [
    `/bin/sh -c #(nop) COPY --chown=1000:1000 file:${HASH} in /x `,
    'classic',
    `COPY --chown=1000:1000 file:${HASH} in /x`,
    {
      copied: {
        kind: 'file',
        checksum: `file:${HASH}`,
        sources: [],
        dest: '/x',
        from: undefined,
        flags: ['--chown=1000:1000'],
      },
    },
  ],
  [
    '/bin/sh -c #(nop)  ENV PATH=/usr/local/bin:/usr/bin LANG=C.UTF-8',
    'classic',
    'ENV PATH=/usr/local/bin:/usr/bin LANG=C.UTF-8',
    {
      pairs: [
        ['PATH', '/usr/local/bin:/usr/bin'],
        ['LANG', 'C.UTF-8'],
      ],
    },
  ],
  [
    '/bin/sh -c #(nop)  ENV JAVA_OPTS=-Xmx1g -Dx="$y" OTHER=',
    'classic',
    'ENV JAVA_OPTS="-Xmx1g -Dx=\\"\\$y\\"" OTHER=""',
    {
      pairs: [
        ['JAVA_OPTS', '-Xmx1g -Dx="$y"'],
        ['OTHER', ''],
      ],
    },
  ],
  [
    '/bin/sh -c #(nop)  LABEL maintainer=NGINX Docker Maintainers <docker-maint@nginx.com>',
    'classic',
    'LABEL maintainer="NGINX Docker Maintainers <docker-maint@nginx.com>"',
  ],
  [
    '/bin/sh -c #(nop)  MAINTAINER NGINX Docker Maintainers "docker-maint@nginx.com"',
    'classic',
    'MAINTAINER NGINX Docker Maintainers "docker-maint@nginx.com"',
  ],
  [
    '/bin/sh -c #(nop)  EXPOSE 443/tcp 53/udp 80/tcp',
    'classic',
    'EXPOSE 443 53/udp 80',
    { list: ['443/tcp', '53/udp', '80/tcp'] },
  ],
  ['/bin/sh -c #(nop) EXPOSE map[443/tcp:{} 80/tcp:{}]', 'classic', 'EXPOSE 443 80'],
  [
    '/bin/sh -c #(nop)  VOLUME [/var/lib/mysql]',
    'classic',
    'VOLUME /var/lib/mysql',
    { list: ['/var/lib/mysql'] },
  ],
  ['/bin/sh -c #(nop)  USER [nova]', 'classic', 'USER nova', { body: 'nova' }],
  ['/bin/sh -c #(nop)  STOPSIGNAL [SIGQUIT]', 'classic', 'STOPSIGNAL SIGQUIT'],
  ['/bin/sh -c #(nop) WORKDIR /usr/local/apache2', 'buildah', 'WORKDIR /usr/local/apache2'],
  ['/bin/sh -c #(nop)  ONBUILD COPY . /usr/src/app', 'classic', 'ONBUILD COPY . /usr/src/app'],
  ['/bin/sh -c #(nop)  ARG DEBIAN_FRONTEND=noninteractive', 'classic', 'ARG DEBIAN_FRONTEND=noninteractive'],
  ['/bin/sh -c #(nop)  ARG VERSION', 'classic', 'ARG VERSION', { pairs: [['VERSION', undefined]] }],
  [
    '/bin/bash -o pipefail -c #(nop)  SHELL [/bin/bash -o pipefail -c]',
    'classic',
    'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
    {
      shell: ['/bin/bash', '-o', 'pipefail', '-c'],
    },
  ],
  [
    '/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl -f http://localhost/ || exit 1"] "5m0s" "3s" "0s" \'\\x03\'}',
    'classic',
    'HEALTHCHECK --interval=5m --timeout=3s --retries=3 CMD curl -f http://localhost/ || exit 1',
  ],
  ['/bin/sh -c #(nop)  HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\\x00\'}', 'classic', 'HEALTHCHECK NONE'],
  ['/bin/sh -c #(nop)  HEALTHCHECK NONE', 'classic', 'HEALTHCHECK NONE'],
  [
    '/bin/sh -c mkdir -p "$HTTPD_PREFIX" \t&& chown  www-data "a  b"',
    'classic',
    'RUN mkdir -p "$HTTPD_PREFIX" && chown www-data "a  b"',
    {
      shell: ['/bin/sh', '-c'],
      command: 'mkdir -p "$HTTPD_PREFIX" \t&& chown  www-data "a  b"',
    },
  ],
  [
    '|2 A=1 B=two words /bin/sh -c echo $A',
    'classic',
    'RUN echo $A',
    {
      buildArgs: [
        ['A', '1'],
        ['B', 'two words'],
      ],
    },
  ],
  ['|0 /bin/sh -c true', 'classic', 'RUN true', { buildArgs: [] }],
  ['|1 A=1 /setup.sh --now', 'classic', 'RUN /setup.sh --now', { shell: undefined, buildArgs: [['A', '1']] }],
  [
    '/bin/bash -euxo pipefail -c curl x | tar xz',
    'classic',
    'RUN curl x | tar xz',
    { shell: ['/bin/bash', '-euxo', 'pipefail', '-c'] },
  ],
  ['/bin/bash -lc nvm install', 'classic', 'RUN nvm install', { shell: ['/bin/bash', '-lc'] }],
  ['/bin/busybox sh -c ls', 'classic', 'RUN ls', { shell: ['/bin/busybox', 'sh', '-c'] }],
];

const WINDOWS: readonly Row[] = [
  ['cmd /S /C #(nop)  CMD ["powershell"]', 'classic', 'CMD ["powershell"]', { shell: ['cmd', '/S', '/C'] }],
  ['cmd /S /C dir C:\\', 'classic', 'RUN dir C:\\', { shell: ['cmd', '/S', '/C'] }],
  [
    "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; Invoke-WebRequest x",
    'classic',
    'RUN Invoke-WebRequest x',
    {
      shell: [
        'powershell',
        '-Command',
        "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';",
      ],
    },
  ],
  [
    "powershell -Command $ErrorActionPreference = 'Stop'; #(nop)  ENV NODE_VERSION=8.1",
    'classic',
    'ENV NODE_VERSION=8.1',
  ],
  ['Apply image 10.0.17763.1577', 'unknown', 'Apply image 10.0.17763.1577', { keyword: 'FROM-guess' }],
];

const BUILDKITS: readonly Row[] = [
  [
    'RUN /bin/sh -c apt-get update # buildkit',
    'buildkit',
    'RUN apt-get update',
    { shell: ['/bin/sh', '-c'] },
    BUILDKIT,
  ],
  [
    'RUN |1 NODE_ENV=production /bin/sh -c npm ci # buildkit',
    'buildkit',
    'RUN npm ci',
    { buildArgs: [['NODE_ENV', 'production']] },
    BUILDKIT,
  ],
  [
    'RUN /bin/sh -c apt-get update\napt-get install -y curl\n # buildkit',
    'buildkit',
    'RUN <<EOF\napt-get update\napt-get install -y curl\nEOF',
    {
      heredoc: 'apt-get update\napt-get install -y curl\n',
    },
    BUILDKIT,
  ],
  ['RUN /app/setup one two # buildkit', 'buildkit', 'RUN /app/setup one two', { shell: undefined }, BUILDKIT],
  [
    'RUN /bin/sh -c ["a"] # buildkit',
    'buildkit',
    'RUN ["a"]',
    { list: undefined, shell: ['/bin/sh', '-c'] },
    BUILDKIT,
  ],
  ['RUN /bin/sh -c echo "#(nop)" CMD x # buildkit', 'buildkit', 'RUN echo "#(nop)" CMD x', {}, BUILDKIT],
  [
    'COPY /app/dist /srv # buildkit',
    'buildkit',
    'COPY /app/dist /srv',
    {
      copied: {
        kind: 'named',
        checksum: undefined,
        sources: ['/app/dist'],
        dest: '/srv',
        from: undefined,
        flags: [],
      },
    },
    BUILDKIT,
  ],
  [
    'COPY --chown=app:app --chmod=755 a b /x/ # buildkit',
    'buildkit',
    'COPY --chown=app:app --chmod=755 a b /x/',
    {
      copied: {
        kind: 'named',
        checksum: undefined,
        sources: ['a', 'b'],
        dest: '/x/',
        from: undefined,
        flags: ['--chown=app:app', '--chmod=755'],
      },
    },
    BUILDKIT,
  ],
  [
    'ADD alpine-minirootfs-3.21.0-x86_64.tar.gz / # buildkit',
    'buildkit',
    'ADD alpine-minirootfs-3.21.0-x86_64.tar.gz /',
    {},
    BUILDKIT,
  ],
  [
    'ENV A=b c D=e',
    'buildkit',
    'ENV A="b c" D=e',
    {
      pairs: [
        ['A', 'b c'],
        ['D', 'e'],
      ],
    },
    BUILDKIT,
  ],
  ['LABEL run=docker run --name=x y', 'buildkit', 'LABEL run="docker run --name=x y"', {}, BUILDKIT],
  [
    'LABEL run=docker run NAME=x version=1',
    'buildkit',
    'LABEL run="docker run NAME=x" version=1',
    {
      pairs: [
        ['run', 'docker run NAME=x'],
        ['version', '1'],
      ],
    },
    { ...BUILDKIT, values: new Map([['run', 'docker run NAME=x']]) },
  ],
  ['ARG arg=value other', 'buildkit', 'ARG arg="value other"', {}, BUILDKIT],
  ['WORKDIR /my app/$HOME', 'buildkit', 'WORKDIR /my app/\\$HOME', { body: '/my app/$HOME' }, BUILDKIT],
  ['EXPOSE [80/tcp 443/udp]', 'buildkit', 'EXPOSE 80 443/udp', {}, BUILDKIT],
  ['SHELL [/bin/sh -c]', 'buildkit', 'SHELL ["/bin/sh", "-c"]', {}, BUILDKIT],
  ['SHELL [/a b -c]', 'buildkit', 'SHELL ["/a b", "-c"]', {}, { ...BUILDKIT, shells: [['/a b', '-c']] }],
  [
    'HEALTHCHECK {Test:[CMD-SHELL curl -f x || exit 1] Interval:1m30s Timeout:3s StartPeriod:0s StartInterval:0s Retries:0}',
    'buildkit',
    'HEALTHCHECK --interval=1m30s --timeout=3s CMD curl -f x || exit 1',
    {},
    BUILDKIT,
  ],
  [
    'HEALTHCHECK &{["CMD" "curl" "-f x"] "0s" "0s" "10s" "5s" \'\\n\'}',
    'buildkit',
    'HEALTHCHECK --start-period=10s --start-interval=5s --retries=10 CMD ["curl", "-f x"]',
    {},
    BUILDKIT,
  ],
  ['RUN /dev/pipes/EOF # buildkit', 'buildkit', 'RUN /dev/pipes/EOF', { shell: undefined }, BUILDKIT],
];

const OTHERS: readonly Row[] = [
  [
    '/bin/sh -c #(nop) ENV A="b c" D=$E',
    'buildah',
    'ENV A="b c" D=$E',
    {
      source: true,
      pairs: [
        ['A', 'b c'],
        ['D', '$E'],
      ],
    },
  ],
  [
    '/bin/sh -c #(nop) CMD ["sh","-c","a b"]',
    'buildah',
    'CMD ["sh", "-c", "a b"]',
    { list: ['sh', '-c', 'a b'] },
  ],
  ['/bin/sh -c apt-get update', 'buildah', 'RUN apt-get update', { source: true }, FROM_DEBIAN],
  [
    '/bin/sh -c ["echo","a b"]',
    'classic',
    'RUN ["echo", "a b"]',
    { list: ['echo', 'a b'], shell: undefined },
  ],
  [
    `/bin/sh -c --mount=type=bind,source=.,target=/src make:${HASH}`,
    'buildah',
    'RUN --mount=type=bind,source=.,target=/src make',
    {
      mounts: ['--mount=type=bind,source=.,target=/src'],
      command: 'make',
    },
    FROM_DEBIAN,
  ],
  [
    '|3 A=b c d B=e /bin/sh -c make',
    'classic',
    'RUN make',
    {
      buildArgs: [
        ['A', 'b c d'],
        ['B', 'e'],
      ],
    },
  ],
  [
    'RUN apt-get update && apt-get install -y curl',
    'kaniko',
    'RUN apt-get update && apt-get install -y curl',
    { source: true },
    { author: 'kaniko' },
  ],
  [
    'COPY --from=builder /a /b',
    'kaniko',
    'COPY --from=builder /a /b',
    {
      copied: { kind: 'named', checksum: undefined, sources: ['/a'], dest: '/b', from: 'builder', flags: [] },
    },
    { author: 'kaniko' },
  ],
  ['ENV A="b c"', 'kaniko', 'ENV A="b c"', { pairs: [['A', 'b c']] }, { author: 'kaniko' }],
  ['bazel build ...', 'bazel', 'bazel build ...', { keyword: 'UNKNOWN' }],
  ['ko build ko://example.com/cmd', 'ko', 'ko build ko://example.com/cmd', { keyword: 'UNKNOWN' }],
  ['jib-maven-plugin:3.4.0', 'jib', 'jib-maven-plugin:3.4.0', {}, { author: 'Jib', comment: 'dependencies' }],
  ['apko', 'apko', 'apko', {}, { comment: 'This is an apko single-layer image' }],
  ['', 'nix', '', { keyword: 'UNKNOWN' }, { comment: "store paths: ['/nix/store/x-hello']" }],
  ['umoci repack', 'umoci', 'umoci repack'],
  ['crane append', 'crane', 'crane append'],
  [
    "# debian.sh --arch 'amd64' out/ 'bookworm' '@1734912000'",
    'debuerreotype',
    "# debian.sh --arch 'amd64' out/ 'bookworm' '@1734912000'",
    {
      keyword: 'FROM-guess',
      base: 'debian:bookworm',
    },
  ],
  ['/bin/bash', 'unknown', '/bin/bash', { keyword: 'UNKNOWN' }],
  ['Add user', 'unknown', 'Add user', { keyword: 'UNKNOWN' }],
  [
    '\u001b[2J\u001b]52;c;cHduZWQ=\u0007',
    'unknown',
    '\u001b[2J\u001b]52;c;cHduZWQ=\u0007',
    { keyword: 'UNKNOWN' },
  ],
];

const named = (rows: readonly Row[]): [string, Row][] => rows.map((row) => [row[0], row]);

function check([createdBy, builder, text, more, known]: Row): void {
  const instruction = parseInstruction(createdBy, known);
  expect({ ...instruction }).toMatchObject({ builder, text, ...more });
}

describe('parseInstruction', () => {
  it.each(named(CLASSIC))('reads what the classic builder wrote: %s', (_, row) => check(row));
  it.each(named(WINDOWS))('reads what Docker on Windows wrote: %s', (_, row) => check(row));
  it.each(named(BUILDKITS))('reads what BuildKit wrote: %s', (_, row) => check(row));
  it.each(named(OTHERS))('reads what other builders wrote: %s', (_, row) => check(row));

  const fragments = fc.constantFrom(
    '/bin/sh -c ',
    '#(nop) ',
    '#(nop)  ',
    ' # buildkit',
    'RUN ',
    'COPY ',
    'ENV ',
    'A=',
    '|2 ',
    '|99999 ',
    'file:ab in ',
    '["',
    '" "',
    '"]',
    '&{',
    '}',
    'HEALTHCHECK ',
    '<<EOF',
    '\n',
    '\\',
    "'",
    '"',
    'map[',
    ':{}',
    '[',
    ']',
    '--mount=',
    'powershell -Command ',
    '\ud800',
    '\0',
    '\u001b[2J',
  );
  const hostile = fc
    .array(fc.oneof(fragments, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 24 })
    .map((parts) => parts.join(''));

  it('never throws, and a text without a line break gives one without', () => {
    fc.assert(
      fc.property(hostile, hostile, (createdBy, comment) => {
        const instruction = parseInstruction(createdBy, { comment, shells: [['/x', '-c'], []] });
        expect(instruction.text.includes('\n')).toBe(
          createdBy.includes('\n') && instruction.text.includes('\n'),
        );
        if (instruction.keyword === 'UNKNOWN') expect(createdBy).toContain(instruction.text);
      }),
      { numRuns: 3000 },
    );
  });

  it('takes time in proportion to the text', () => {
    const many = 400_000;
    for (const unit of [
      'A=b ',
      ' ',
      '"',
      "'",
      '\\',
      '<<EOF ',
      '[',
      '--mount=x ',
      'x in ',
      '\t',
      '#(nop) ',
      '/bin/sh -c ',
      '$(',
      '-o ',
    ])
      for (const start of [
        'RUN /bin/sh -c ',
        '/bin/sh -c #(nop)  ENV A=',
        '/bin/sh -c #(nop) COPY ',
        '|900 ',
        'HEALTHCHECK &{[',
        'CMD [',
        'LABEL ',
        '/bin/sh ',
        '',
      ]) {
        const text = start + unit.repeat(Math.ceil(many / unit.length));
        expect(parseInstruction(text).body.length).toBeLessThanOrEqual(text.length);
      }
  }, 30_000);
});
