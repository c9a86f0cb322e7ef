import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { reconstructDockerfile, renderDockerfile } from '../../../src/layers/history/dockerfile.js';
import {
  argumentsOf,
  jsonForm,
  pairs,
  parseDockerfile,
  wholeWord,
  type ParsedInstruction,
} from '../dockerfile-parser.js';
import { storageDriver, tool } from '../../helpers/tool.js';
import { imageOf, type Line, type SampleOptions } from '../sample-image.js';

const scratch = mkdtempSync(path.join(tmpdir(), 'strata-dockerfile-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const render = (lines: readonly Line[], options?: SampleOptions): string =>
  renderDockerfile(reconstructDockerfile(imageOf(lines, options)));

/** Without header, FROM and notes. */
const body = (lines: readonly Line[], options?: SampleOptions): string[] =>
  reconstructDockerfile(imageOf(lines, options))
    .lines.slice(1)
    .map((line) => line.text);

const K = 'buildkit.dockerfile.v0';
const meta = (by: string): Line => ({ by, empty: true, comment: K });
const layer = (by: string): Line => ({ by: `${by} # buildkit`, comment: K });

describe('reconstructDockerfile', () => {
  it('rebuilds a Dockerfile built by BuildKit', () => {
    const text = render(
      [
        { by: "# debian.sh --arch 'amd64' out/ 'bookworm' '@1734912000'", comment: 'debuerreotype 0.15' },
        meta('LABEL maintainer=NGINX Docker Maintainers <docker-maint@nginx.com>'),
        meta('ENV NGINX_VERSION=1.27.3 NJS=a b'),
        meta('SHELL [/bin/bash -o pipefail -c]'),
        meta('ARG FOO=bar'),
        layer(
          'RUN |2 FOO=bar BAZ=a b c /bin/bash -o pipefail -c set -x     && groupadd nginx     && apt-get update',
        ),
        layer('RUN /bin/bash -o pipefail -c apt-get update\napt-get install -y curl\n'),
        layer('RUN /bin/bash -o pipefail -c cat <<EOF > /x\nhello $X\nEOF'),
        layer('RUN /bin/sh -c true'),
        layer('COPY docker-entrypoint.sh /'),
        layer('COPY --chown=1000:1000 /app/dist /srv'),
        layer('COPY <<EOF /etc/x'),
        layer('RUN /app/setup --fast'),
        meta('EXPOSE map[443/tcp:{} 80/tcp:{}]'),
        meta(
          'HEALTHCHECK &{["CMD-SHELL" "curl -f http://localhost/ || exit 1"] "1m0s" "3s" "0s" "0s" \'\\x03\'}',
        ),
        meta('VOLUME [/data /x]'),
        meta('ENTRYPOINT ["/docker-entrypoint.sh"]'),
        meta('CMD ["/bin/bash" "-o" "pipefail" "-c" "exec nginx"]'),
      ],
      {
        execution: {
          env: [
            'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
            'NGINX_VERSION=1.27.3',
            'NJS=a b',
            'EXTRA=$x',
          ],
          entrypoint: ['/docker-entrypoint.sh'],
          cmd: ['/bin/bash', '-o', 'pipefail', '-c', 'exec nginx'],
          shell: ['/bin/bash', '-o', 'pipefail', '-c'],
          labels: new Map([
            ['maintainer', 'NGINX Docker Maintainers <docker-maint@nginx.com>'],
            ['a b', '1\n2'],
          ]),
          onBuild: ['COPY . /src'],
          exposedPorts: ['80/tcp', '443/tcp'],
          volumes: ['/data', '/x'],
          user: 'app',
        },
      },
    );
    expect(text).toBe(`# Reconstructed from the history of an image.
# BuildKit records neither --from of COPY, nor --mount and --network of RUN, nor ONBUILD.
# recognised by its root file system (step 1)
FROM debian:bookworm
LABEL maintainer="NGINX Docker Maintainers <docker-maint@nginx.com>"
ENV NGINX_VERSION=1.27.3 NJS="a b"
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ARG FOO=bar
# seen as a build argument of the next RUN
ARG BAZ="a b c"
RUN set -x \\
    && groupadd nginx \\
    && apt-get update
RUN <<EOF
apt-get update
apt-get install -y curl
EOF
RUN cat <<EOF > /x
hello $X
EOF
RUN ["/bin/sh", "-c", "true"]
COPY docker-entrypoint.sh /
# an absolute source is often one of another stage (--from is not recorded)
COPY --chown=1000:1000 /app/dist /srv
# the source was a here-document; its text is in the layer
COPY unknown-source/EOF /etc/x
# the exec form; where its arguments end is a guess
RUN ["/app/setup", "--fast"]
EXPOSE 443 80
HEALTHCHECK --interval=1m --timeout=3s --retries=3 CMD curl -f http://localhost/ || exit 1
VOLUME /data /x
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD exec nginx
# from the image's configuration; its history does not show it
ENV EXTRA="\\$x"
USER app
ONBUILD COPY . /src
# not expressible in a Dockerfile
# LABEL "a b"="1\\n2"
`);
    expect(parseDockerfile(text).instructions).toHaveLength(22);
  });

  it('rebuilds one of the classic builder, checksums in notes', () => {
    const hash = '5056a97010fd7ce1ceebd1fa4f4891ac3decdf428333fb2683696f4358af6c2f';
    const dockerfile = reconstructDockerfile(
      imageOf([
        { by: `/bin/sh -c #(nop) ADD file:${hash} in / ` },
        { by: '/bin/sh -c #(nop)  CMD ["bash"]', empty: true },
        { by: `/bin/sh -c #(nop) COPY multi:${hash} in /my app ` },
        { by: '|1 A=1 /bin/sh -c make \t&& make install \t\t# comment' },
        { by: '/setup.sh --now' },
        { by: `/bin/sh -c #(nop) COPY dir:${hash} in /srv ` },
      ]),
    );
    expect(dockerfile.lines.map((line) => [line.layer, line.confidence, line.text])).toEqual([
      [undefined, 'guess', 'FROM scratch'],
      [1, 'guess', 'ADD unknown-source/file-5056a97010fd /'],
      [undefined, 'exact', 'CMD ["bash"]'],
      [2, 'guess', 'COPY ["unknown-source/multi-5056a97010fd/", "/my app/"]'],
      [undefined, 'likely', 'ARG A=1'],
      [3, 'exact', 'RUN make \\\n\t&& make install \t\t# comment'],
      [4, 'guess', 'RUN ["/setup.sh", "--now"]'],
      [5, 'guess', 'COPY unknown-source/dir-5056a97010fd/ /srv'],
      [undefined, 'likely', 'CMD []'],
    ]);
    expect(dockerfile.lines[1].note).toContain(`file:${hash}`);
  });

  it('rebuilds one for Windows, with the backtick as its escape', () => {
    const shell =
      "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';";
    const text = render(
      [
        { by: 'Apply image 10.0.17763.1577' },
        { by: 'Install update 10.0.17763.1697' },
        { by: `${shell} #(nop)  SHELL [${shell}]`, empty: true },
        { by: `${shell} #(nop)  ENV X=C:\\a "b\``, empty: true },
        { by: `${shell} Invoke-WebRequest x;     Remove-Item y` },
        { by: `${shell} #(nop) WORKDIR C:\\app` },
        { by: 'cmd /S /C echo hi' },
      ],
      {
        os: 'windows',
        osVersion: '10.0.17763.1697',
        execution: {
          shell: ['powershell', '-Command', shell.slice(20)],
          env: ['X=C:\\a "b`'],
          workingDir: 'C:\\app',
        },
      },
    );
    expect(text.split('\n').slice(2)).toEqual([
      '# recognised by its root file system (steps 1 to 2)',
      'FROM mcr.microsoft.com/windows/servercore:10.0.17763.1697',
      `SHELL ["powershell", "-Command", "${shell.slice(20)}"]`,
      'ENV X="C:\\a `"b``"',
      'RUN Invoke-WebRequest x; `',
      '    Remove-Item y',
      'WORKDIR C:\\app',
      'RUN ["cmd", "/S", "/C", "echo hi"]',
      '',
    ]);
    expect(parseDockerfile(text).directives).toEqual(new Map([['escape', '`']]));
  });

  describe('names the base', () => {
    const base: readonly Line[] = [
      { by: '/bin/sh -c #(nop) ADD file:ab in / ', created: '2024-01-01T00:00:00Z' },
      { by: '/bin/sh -c #(nop)  CMD ["bash"]', empty: true, created: '2024-01-01T00:00:01Z' },
      { by: '/bin/sh -c #(nop)  CMD ["python3"]', empty: true, created: '2024-01-02T00:00:00Z' },
    ];
    const app: readonly Line[] = [
      { ...layer('COPY . /app'), created: '2024-02-01T00:00:00Z' },
      { ...meta('CMD ["app"]'), created: '2024-02-01T00:00:01Z' },
      { ...meta('LABEL x=y'), created: '2024-02-01T00:00:02Z' },
    ];
    const digest = `sha256:${'a'.repeat(64)}`;
    const from = (lines: readonly Line[], options?: SampleOptions): [string, number] => {
      const dockerfile = reconstructDockerfile(imageOf(lines, options));
      return [dockerfile.lines[0].text, dockerfile.lines.filter((line) => line.layer !== undefined).length];
    };

    it('by the OCI annotations, and leaves its steps out', () =>
      expect(
        from([...base, ...app], {
          annotations: new Map([
            ['org.opencontainers.image.base.name', 'docker.io/library/python:3.12'],
            ['org.opencontainers.image.base.digest', digest],
          ]),
        }),
      ).toEqual([`FROM docker.io/library/python:3.12@${digest}`, 1]));

    it('not by an annotation that is no reference', () =>
      expect(
        from([...base, ...app], {
          annotations: new Map([['org.opencontainers.image.base.name', 'x\nRUN evil']]),
        }),
      ).toEqual(['FROM scratch', 2]));

    it('by the comment of buildah, whose boundary is exact; image ids are its own intermediate images', () =>
      expect(
        from([
          ...base,
          { by: '/bin/sh -c #(nop) ENV A=b', empty: true, comment: 'FROM docker.io/library/python:3.12' },
          { by: '/bin/sh -c true', comment: 'FROM b8502647b178' },
        ]),
      ).toEqual(['FROM docker.io/library/python:3.12', 1]));

    it.each([
      ['ADD alpine-minirootfs-3.21.0-x86_64.tar.gz /', 'FROM alpine:3.21.0'],
      ['ADD busybox.tar.xz /', 'FROM busybox'],
      ['ADD fedora-41-x86_64.tar.xz /', 'FROM fedora:41'],
    ])('by its root file system: %s', (by, expected) =>
      expect(from([layer(by), meta('CMD ["sh"]'), ...app])).toEqual([expected, 1]),
    );

    it('as Ubuntu by the labels its image has', () =>
      expect(
        from(
          [
            { by: '/bin/sh -c #(nop)  LABEL org.opencontainers.image.ref.name=ubuntu', empty: true },
            { by: '/bin/sh -c #(nop)  LABEL org.opencontainers.image.version=24.04', empty: true },
            { by: '/bin/sh -c #(nop) ADD file:ab in / ' },
            { by: '/bin/sh -c #(nop)  CMD ["/bin/bash"]', empty: true },
            ...app,
          ],
          { execution: { labels: new Map([['org.opencontainers.image.version', '24.04']]) } },
        ),
      ).toEqual(['FROM ubuntu:24.04', 1]));
  });

  it('adds what only the configuration knows, ENTRYPOINT before the CMD it takes back', () => {
    const healthcheck = { Test: ['CMD', 'a', 'b c'], Interval: 90e9, Timeout: 1e6, Retries: 2 };
    expect(
      body([{ by: 'jib-maven-plugin:3.4.0', author: 'Jib' }], {
        execution: {
          entrypoint: ['java', '-cp', '/app'],
          cmd: ['--x'],
          env: ['A=', 'B="q"\\$'],
          workingDir: '/w $x',
          stopSignal: 'SIGINT',
          volumes: ['/a b'],
          exposedPorts: ['80/tcp', '53/udp'],
          healthcheck,
        },
      }),
    ).toEqual([
      'ADD unknown-source/layer-1.tar /',
      'ENV A=""',
      'ENV B="\\"q\\"\\\\\\$"',
      'EXPOSE 80 53/udp',
      'VOLUME ["/a b"]',
      'WORKDIR /w \\$x',
      'STOPSIGNAL SIGINT',
      'HEALTHCHECK --interval=1m30s --timeout=1ms --retries=2 CMD ["a", "b c"]',
      'ENTRYPOINT ["java", "-cp", "/app"]',
      'CMD ["--x"]',
    ]);
  });

  it('adds nothing when the history leads to the configuration', () =>
    expect(
      body(
        [
          meta('WORKDIR /a'),
          meta('WORKDIR b/../c'),
          meta('CMD ["x"]'),
          meta('ENTRYPOINT ["y"]'),
          meta('USER u'),
          meta('ENV A=1'),
          meta('ENV A=2'),
        ],
        {
          execution: { workingDir: '/a/c', cmd: ['x'], entrypoint: ['y'], user: 'u', env: ['A=2'] },
        },
      ),
    ).toHaveLength(7));

  it('repeats a CMD that an added ENTRYPOINT would take back', () =>
    expect(body([meta('CMD ["a"]')], { execution: { entrypoint: ['e'], cmd: ['a'] } })).toEqual([
      'CMD ["a"]',
      'ENTRYPOINT ["e"]',
      'CMD ["a"]',
    ]));

  it('gives a script with an interpreter line to the shell that ran it, not to the interpreter', () =>
    expect(body([layer('RUN /bin/sh -c #!/bin/python\necho\n')])).toEqual([
      'RUN ["/bin/sh", "-c", "#!/bin/python\\necho\\n"]',
    ]));

  it.each([
    'LABEL x y=1 2',
    '/bin/sh -c #(nop)  LABEL x y=1 2',
    '/bin/sh -c #(nop) LABEL "x y"="1 2"',
    'LABEL "x y"="1 2"',
    'LABEL x\\ y=1\\ 2',
  ])('a label with blanks in its name is stated once: %s', (createdBy) => {
    expect(body([meta(createdBy)], { execution: { labels: new Map([['x y', '1 2']]) } })).toEqual([
      'LABEL "x y"="1 2"',
    ]);
  });

  it.each(['LABEL a=b x y=1 2', '/bin/sh -c #(nop) LABEL a=b "x y"="1 2"'])(
    'nor is one behind another label stated twice: %s',
    (createdBy) => {
      const labels = new Map([
        ['a', 'b'],
        ['x y', '1 2'],
      ]);
      expect(body([meta(createdBy)], { execution: { labels } })).toEqual(['LABEL a=b "x y"="1 2"']);
    },
  );

  it('says what the history set and the configuration lacks', () =>
    expect(
      body([meta('ENV A=1'), meta('LABEL b=2 c=3')], { execution: { labels: new Map([['c', '3']]) } }),
    ).toEqual(['ENV A=1', 'LABEL b=2 c=3', '# ENV A', '# LABEL b']));

  it('keeps a variable of a source text for the builder to expand', () =>
    expect(
      body(
        [
          { by: '/bin/sh -c #(nop) ENV A=$B/x', empty: true },
          { by: '/bin/sh -c #(nop) USER $U', empty: true },
        ],
        {
          execution: { env: ['A=/b/x'], user: 'me' },
        },
      ),
    ).toEqual(['ENV A=$B/x', 'USER $U']));

  it('breaks a long command where a shell does not mind', async () => {
    const command = `for i in 1 2 3; do printf '%s; && # %s\\n' "$i;  x" y; done && echo "a && b; c" ; test -z "" && printf '%s' 'x  y' || echo no; echo \\; z`;
    const [text] = body([{ ...layer(`RUN /bin/sh -c ${command}`) }]);
    expect(text.split('\n').length).toBeGreaterThan(3);
    const joined = parseDockerfile(`FROM x\n${text}`).instructions[1].rest;
    expect(await tool('/bin/sh', ['-c', joined])).toBe(await tool('/bin/sh', ['-c', command]));
  });

  it('opens no here-document at a destination, not even behind the next-line character', () => {
    for (const dest of ['<<EOF', '\u0085<<EOF', '/a\u0085<<EOF']) {
      const text = render([{ by: `ADD file:ab in ${dest}` }]);
      expect(parseDockerfile(text).instructions.map(({ keyword }) => keyword)).toEqual(['FROM', 'ADD']);
    }
  });

  it('cannot be made to hold a directive, an instruction or a line of the text of an image', () => {
    const evil = 'x\n# syntax=evil/frontend\nRUN evil\n';
    const text = render(
      [
        { by: evil },
        meta(`ENV A=${evil}`),
        meta(`LABEL ${evil}=1`),
        meta(`CMD ${evil}`),
        meta(`USER ${evil}`),
        meta(`VOLUME [${evil}]`),
        meta(`ONBUILD ${evil}`),
        meta(`EXPOSE ${evil}`),
        meta(`HEALTHCHECK {Test:[CMD-SHELL ${evil}] Interval:1s Timeout:1s StartPeriod:0s Retries:1}`),
        meta('WORKDIR /a\\'),
        layer(`COPY ${evil} /`),
        layer(`COPY a /b\\`),
        layer(`RUN |1 A=${evil} /bin/sh -c true`),
        layer(`RUN /bin/sh -c echo "a <<EOF b"\nRUN evil\nEOF`),
        layer(`RUN /bin/sh -c cat <<EOF > /x\na\nEOF\nRUN evil\nEOF`),
        layer(`RUN /bin/sh -c cat <<EOF"x"\nEOF\nRUN evil\nEOFx`),
        layer(`RUN /bin/sh -c echo a\\`),
        { by: evil, comment: evil, empty: true },
      ],
      {
        execution: {
          env: [`${evil}=1`, `E=${evil}`],
          labels: new Map([[evil, evil]]),
          onBuild: [evil],
          user: evil,
          cmd: [evil],
        },
      },
    );
    const parsed = parseDockerfile(text);
    expect(parsed.directives.size).toBe(0);
    const commands = parsed.instructions
      .filter((each) => each.keyword === 'RUN')
      .map((each) => argumentsOf(each, ['S']));
    expect(commands.filter((words) => words.length < 2 || words.at(-1) === 'evil')).toEqual([]);
  });

  it('takes time in proportion to the history', () => {
    const many = 20_000;
    for (const by of [
      'SHELL [/x -c]',
      'CMD ["a"]',
      '/x',
      'ENV A=b',
      '|1 A=b /bin/sh -c true',
      'HEALTHCHECK x',
    ])
      expect(
        body(
          Array.from({ length: many }, (_, i) => ({ by: by.replace('x', `x${String(i)}`), empty: i > 400 })),
        ).length,
      ).toBeGreaterThan(400);
    for (const unit of [' \v', '  #', '\\ ', "'  ", '<< ', ' 1', '\n', ' ;', '\t'])
      expect(render([layer(`RUN /bin/sh -c x${unit.repeat(many)}x`)]).length).toBeGreaterThan(many);
  });

  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'RUN ',
          '/bin/sh -c ',
          '#(nop)  ',
          '#(nop) ',
          'ENV ',
          'A=',
          'CMD ["',
          '"]',
          'COPY ',
          ' / ',
          ' # buildkit',
          '<<EOF',
          'EOF',
          '\n',
          '\\',
          '`',
          '#',
          '"',
          "'",
          '|1 ',
          '\r',
          '  ',
          '\t',
          'LABEL ',
          'SHELL [',
          ']',
          'HEALTHCHECK ',
          '&{',
          '--mount=x ',
          '$X',
          'ADD file:ab in ',
          'ONBUILD ',
          '\u00a0',
          '\v#',
          '\x85',
        ),
        fc.string({ unit: 'binary', maxLength: 6 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));

  it('is a valid Dockerfile for any history and configuration', () => {
    const line = fc.record({
      by: hostile,
      empty: fc.boolean(),
      comment: fc.oneof(fc.constant(K), fc.constant(''), hostile),
    });
    const execution = fc.record({
      env: fc.array(hostile),
      cmd: fc.array(hostile),
      user: hostile,
      workingDir: hostile,
      onBuild: fc.array(hostile),
      volumes: fc.array(hostile),
    });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 6 }),
        execution,
        fc.constantFrom('linux', 'windows'),
        (lines, given, os) => {
          const dockerfile = reconstructDockerfile(imageOf(lines, { execution: given, os }));
          const parsed = parseDockerfile(renderDockerfile(dockerfile));
          expect([...parsed.directives.keys()]).toEqual(os === 'windows' ? ['escape'] : []);
          const written = dockerfile.lines.filter((each) => !each.text.startsWith('#'));
          expect(parsed.instructions.map((each) => each.keyword)).toEqual(
            written.map((each) => /^[A-Z]+/.exec(each.text)?.[0]),
          );
        },
      ),
      { numRuns: 600 },
    );
  });
});

/** A Dockerfile of ours before it is built, as data. */
interface Deed {
  readonly keyword: 'ENV' | 'LABEL' | 'CMD' | 'ENTRYPOINT' | 'RUN' | 'RUN-EXEC' | 'USER' | 'WORKDIR';
  readonly names: readonly string[];
  readonly values: readonly string[];
}

const clean = (text: string): boolean => text.trim() === text && text !== '' && !/[\n\r]/.test(text);
const value = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ' ',
        '  ',
        '"',
        "'",
        '\\',
        '$X',
        '`',
        '#',
        '=',
        'a',
        '/b',
        ' A=',
        '&&',
        ';',
        '<<EOF',
        '[',
        ']',
        '\t',
      ),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''))
  .filter(clean);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    keyword: fc.constantFrom('ENV', 'LABEL'),
    names: fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Z0-9_]{2,6}$/), { minLength: 3, maxLength: 3 }),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    keyword: fc.constantFrom('CMD', 'ENTRYPOINT'),
    names: fc.constant([]),
    values: fc.array(value, { maxLength: 3 }),
  }),
  fc.record({
    keyword: fc.constant('RUN'),
    names: fc.constant([]),
    values: fc.tuple(
      fc.oneof(
        value,
        fc.array(value, { maxLength: 3 }).map((all) => `${all.join('\n')}\n`),
      ),
    ),
  }),
  fc.record({
    keyword: fc.constantFrom('USER', 'WORKDIR'),
    names: fc.constant([]),
    values: fc.tuple(value.map((text) => `/${text}`)),
  }),
);

/** Prints strings as Go's `%q` does. */
const goQuote = (text: string): string => JSON.stringify(text);

function print(deeds: readonly Deed[], classic: boolean): Line[] {
  return deeds.map(({ keyword, names, values }): Line => {
    const joined = values.map((text, i) => `${names[i]}=${text}`).join(' ');
    const list = `[${values.map(goQuote).join(' ')}]`;
    const operand =
      keyword === 'ENV' || keyword === 'LABEL'
        ? joined
        : keyword === 'CMD' || keyword === 'ENTRYPOINT'
          ? list
          : values[0];
    if (keyword === 'RUN')
      return classic ? { by: `/bin/sh -c ${operand}` } : layer(`RUN /bin/sh -c ${operand}`);
    return classic
      ? { by: `/bin/sh -c #(nop)  ${keyword} ${operand}`, empty: true }
      : meta(`${keyword} ${operand}`);
  });
}

function meaning(instruction: ParsedInstruction): unknown {
  const { keyword, rest } = instruction;
  if (keyword === 'ENV' || keyword === 'LABEL') return [keyword, ...pairs(rest, '\\')];
  if (keyword === 'CMD' || keyword === 'ENTRYPOINT')
    return [keyword, ...(jsonForm(rest) ?? ['/bin/sh', '-c', rest])];
  if (keyword === 'RUN')
    return [keyword, ...argumentsOf(instruction, ['/bin/sh', '-c'])].map((text) => text.replace(/\n$/, ''));
  return [keyword, wholeWord(rest, '\\')];
}

function intended({ keyword, names, values }: Deed): unknown {
  if (keyword === 'ENV' || keyword === 'LABEL')
    return [keyword, ...values.map((text, i) => [names[i], text])];
  if (keyword === 'RUN') return [keyword, '/bin/sh', '-c', values[0].replace(/\n$/, '')];
  return [keyword, ...values];
}

describe('what a builder recorded of a Dockerfile is read back', () => {
  it.each([
    ['BuildKit', false],
    ['the classic builder', true],
  ])('as printed by %s', (_, classic) => {
    const uniqueNames = (deeds: readonly Deed[]): boolean => {
      const all = deeds.flatMap((each) => each.names);
      return new Set(all).size === all.length;
    };
    fc.assert(
      fc.property(fc.array(deed, { minLength: 1, maxLength: 6 }).filter(uniqueNames), (deeds) => {
        // The classic builder joins lines, and buildah's flags and lists look like its commands.
        fc.pre(
          !classic || deeds.every((each) => each.keyword !== 'RUN' || /^[^\n[-][^\n]*$/.test(each.values[0])),
        );
        fc.pre(deeds.every((each) => each.keyword !== 'RUN' || each.values[0].trim() !== ''));
        const set = (keyword: string): [string, string][] =>
          deeds.flatMap((each) =>
            each.keyword === keyword
              ? each.values.map((text, i): [string, string] => [each.names[i], text])
              : [],
          );
        const env = set('ENV').map((pair) => pair.join('='));
        const execution = { env, labels: new Map(set('LABEL')) };
        const dockerfile = reconstructDockerfile(imageOf(print(deeds, classic), { execution }));
        const parsed = parseDockerfile(renderDockerfile(dockerfile)).instructions.slice(1);
        expect(parsed.slice(0, deeds.length).map(meaning)).toEqual(deeds.map(intended));
      }),
      { numRuns: 400 },
    );
  });

  it('by buildah, which builds the same configuration from it', async () => {
    const source = `FROM scratch
ENV A="b c" B='$x' C=d\\ e
ENV OLD style value
LABEL "key with space"="v \\"q\\" \\$x" version=1
WORKDIR /srv/app
USER 1000:1000
EXPOSE 80 53/udp
VOLUME ["/a b", "/c"]
STOPSIGNAL SIGINT
ENTRYPOINT ["/init", "a b"]
CMD echo "$A"
ONBUILD COPY . /src
`;
    const first = await buildWithBuildah(source);
    const second = await buildWithBuildah(render(first.history, { execution: first.execution }));
    expect(second.execution).toEqual(first.execution);
    const printed = print(
      [
        { keyword: 'ENV', names: ['P', 'Q'], values: ['a "b" \\ $HOME', 'x # y'] },
        { keyword: 'LABEL', names: ['R'], values: ["it's `x` \\"] },
        { keyword: 'WORKDIR', names: [], values: ['/my dir/$x'] },
        { keyword: 'ENTRYPOINT', names: [], values: ['/x y', '"\\'] },
      ],
      false,
    );
    const third = await buildWithBuildah(render(printed, { execution: { entrypoint: ['/x y', '"\\'] } }));
    expect(third.execution.env?.slice(-2)).toEqual(['P=a "b" \\ $HOME', 'Q=x # y']);
    expect(third.execution).toMatchObject({
      entrypoint: ['/x y', '"\\'],
      workingDir: '/my dir/$x',
    });
    expect(third.execution.labels.get('R')).toBe("it's `x` \\");
  });
});

interface Built {
  readonly history: Line[];
  readonly execution: NonNullable<SampleOptions['execution']> & { labels: ReadonlyMap<string, string> };
}

async function buildWithBuildah(text: string): Promise<Built> {
  writeFileSync(path.join(scratch, 'Dockerfile'), text);
  const storage = [
    '--root',
    path.join(scratch, 'root'),
    '--runroot',
    path.join(scratch, 'run'),
    '--storage-driver',
    storageDriver(scratch),
  ];
  const id = await tool('buildah', [
    ...storage,
    'build',
    '--quiet',
    '--format',
    'docker',
    '--timestamp',
    '0',
    '--isolation',
    'chroot',
    scratch,
  ]);
  const inspected = JSON.parse(
    await tool('buildah', [...storage, 'inspect', '--type', 'image', id.trim()]),
  ) as {
    Docker: {
      config: Record<string, unknown>;
      history: { created_by?: string; comment?: string; empty_layer?: boolean }[];
    };
  };
  await tool('buildah', [...storage, 'rmi', '--force', id.trim()]);
  const { config, history } = inspected.Docker;
  const list = (name: string): string[] => (config[name] ?? []) as string[];
  const keys = (name: string): string[] => Object.keys(config[name] ?? {}).sort();
  const text_ = (name: string): string => (config[name] ?? '') as string;
  const labels = Object.entries((config.Labels ?? {}) as Record<string, string>).filter(
    ([name]) => name !== 'io.buildah.version',
  );
  return {
    history: history.map((step) => ({
      by: step.created_by ?? '',
      comment: step.comment ?? '',
      empty: step.empty_layer ?? false,
    })),
    execution: {
      env: list('Env'),
      cmd: list('Cmd'),
      entrypoint: list('Entrypoint'),
      onBuild: list('OnBuild'),
      exposedPorts: keys('ExposedPorts'),
      volumes: keys('Volumes'),
      user: text_('User'),
      workingDir: text_('WorkingDir'),
      stopSignal: text_('StopSignal'),
      labels: new Map(labels),
    },
  };
}
