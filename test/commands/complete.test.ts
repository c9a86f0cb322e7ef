import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dir, file, symlink } from '../../fixtures/tar.js';
import { image, layer } from '../../fixtures/image.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import Layers from '../../src/commands/layers.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';
import { type Shell, startShell } from '../helpers/shell.js';
import { fillStore } from '../helpers/stored-images.js';

/** What runs when a name is taken for a command. */
const CANARY = 'touch canary';

/** Names that a shell has to quote, each alone in a directory of the image. */
const NAMES = [
  'with blank.txt',
  "it's",
  'say "hi"',
  `$(${CANARY})`,
  `\`${CANARY}\``,
  `a;${CANARY};b&&${CANARY}|${CANARY}`,
  `>canary`,
  '$HOME${HOME}',
  '*[a-z]?{a,b}',
  '!!',
  '~root',
  '#comment!touch',
  '-rf',
  'a=b:c@d',
  'back\\slash',
  ' leading and trailing ',
  'ünï-cödé e\u0301 日本語 👍.txt',
] as const;

/** Names that no terminal should get: not offered. */
const UNTYPABLE = [
  '\x1b]0;owned\x07',
  'new\nline',
  'tab\tname',
  '\u202egnp.exe',
  '\x03',
  `\n${CANARY}\n`,
] as const;

const directoryOf = (i: number): string => `d${String(i).padStart(2, '0')}`;
const folder = useFolder();
let cwd = '';
let store = '';

/** An image of all those names, and files of this machine beside it. */
beforeAll(async () => {
  cwd = path.join(folder(), 'here');
  store = path.join(folder(), 'store');
  mkdirSync(path.join(cwd, 'sub dir'), { recursive: true });
  const members = [
    ...NAMES.flatMap((name, i) => [dir(directoryOf(i)), file(`${directoryOf(i)}/${name}`, '')]),
    dir('untypable'),
    ...UNTYPABLE.map((name) => file(`untypable/${name}`, '')),
    file(Buffer.from('untypable/caf\xe9', 'latin1'), ''),
    dir('a dir'),
    dir('a dir/below'),
    file('a dir/below/file', ''),
    symlink('link', 'a dir'),
  ];
  writeFolder(
    path.join(cwd, 'names'),
    simpleLayout(image({ steps: [{ createdBy: `RUN ${NAMES[3]}`, layer: await layer(members) }] }), 'names'),
  );
  copyFileSync(DEMO, path.join(cwd, 'demo.tar'));
  copyFileSync(path.join(FIXTURES, 'docker-several.tar'), path.join(cwd, "sub dir/several it's.tar"));
  cpSync(path.join(FIXTURES, 'oci-several'), path.join(cwd, 'several'), { recursive: true });
  writeFileSync(path.join(cwd, `$(${CANARY}).tar`), '');
  await fillStore(store);
  for (const read of ['names', 'demo.tar'])
    expect((await runCommand(Layers, [path.join(cwd, read), '-q'])).status).toBe(0);
});

describe.each(['bash', 'zsh'] as const)('%s', (name) => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await startShell(name, { cwd, home: folder(), store });
  });
  afterAll(() => shell.close());
  const words = (line: string): Promise<readonly string[]> => shell.enter(line);

  test('commands, the hidden one not', async () => {
    expect(await words('strata hist\t')).toEqual(['history']);
    expect(await words('strata --quiet fsc\t')).toEqual(['--quiet', 'fsck']);
    expect(await words('strata help his\t')).toEqual(['help', 'history']);
    const listed = await shell.look('strata \t\t', 'verify');
    for (const command of ['autocomplete', 'blame', 'doctor', 'export', 'prune', 'tree'])
      expect(listed).toMatch(new RegExp(`^(?:.* )?${command}(?: |$)`, 'm'));
    expect(listed).not.toMatch(/(?:^| )complete /m);
  });

  test('flags, their values, and files where those are files', async () => {
    expect(await words('strata layers --rev\t')).toEqual(['layers', '--reverse']);
    expect(await words('strata layers --sort pl\t')).toEqual(['layers', '--sort', 'plain']);
    expect(await words('strata ls --color=al\t')).toEqual(['ls', '--color=always']);
    expect(await words('strata inspect --raw man\t de\t')).toEqual([
      'inspect',
      '--raw',
      'manifest',
      'demo.tar',
    ]);
    expect(await words('strata export demo.tar -o sub\tx')).toEqual([
      'export',
      'demo.tar',
      '-o',
      'sub dir/x',
    ]);
    // A flag that was given is not offered again.
    expect(await words('strata layers --reverse --rev\tx')).toEqual(['layers', '--reverse', '--revx']);
    expect(await words('strata autocomplete zs\t')).toEqual(['autocomplete', 'zsh']);
  });

  test('files of this machine, with blanks and quotes, behind a transport too', async () => {
    expect(await words('strata layers de\t')).toEqual(['layers', 'demo.tar']);
    expect(await words('strata dem\t')).toEqual(['demo.tar']);
    expect(await words('strata layers sub\tsev\t')).toEqual(['layers', "sub dir/several it's.tar"]);
    expect(await words('strata layers docker-archive:de\t')).toEqual(['layers', 'docker-archive:demo.tar']);
    expect(await words('strata layers docker-arch\tde\t')).toEqual(['layers', 'docker-archive:demo.tar']);
    expect(await words("strata layers '$(\t")).toEqual(['layers', `$(${CANARY}).tar`]);
  });

  test('images of the store, tags and layers of an image', async () => {
    expect(await words('strata layers store:har\t')).toEqual(['layers', 'store:harbour']);
    expect(await words('strata rmi store:har\t')).toEqual(['rmi', 'store:harbour']);
    expect(await words('strata layers store:small:\t')).toEqual(['layers', 'store:small:1']);
    expect(await words('strata layers several:tw\t')).toEqual(['layers', 'several:two']);
    expect(await words('strata layers oci:several:o\t')).toEqual(['layers', 'oci:several:one']);
    expect(await words("strata layers sub\\ dir/several\\ it\\'s.tar:other:l\t")).toEqual([
      'layers',
      "sub dir/several it's.tar:other:latest",
    ]);
    expect(await words('strata layers several:two@2\t')).toEqual(['layers', 'several:two@2']);
    expect(await words('strata tree demo.tar@9\t')).toEqual(['tree', 'demo.tar@9']);
    const layersOf = await shell.look('strata tree demo.tar@\t\t', '@12');
    expect(layersOf).toMatch(/@10\b/);
    expect(await words('strata diff demo.tar dem\t')).toEqual(['diff', 'demo.tar', 'demo.tar']);
    expect(await words('strata diff demo.tar demo.tar@12\t')).toEqual(['diff', 'demo.tar', 'demo.tar@12']);
    expect(await words('strata recover demo.tar /x --version 12\t')).toEqual([
      'recover',
      'demo.tar',
      '/x',
      '--version',
      '12',
    ]);
    expect(await words('strata ls demo.tar --layer 12\t')).toEqual(['ls', 'demo.tar', '--layer', '12']);
  });

  test('names of the store without its transport, sources of tag, destinations of copy', async () => {
    expect(await words('strata ls harb\t')).toEqual(['ls', 'harbour']);
    expect(await words('strata harb\t')).toEqual(['harbour']);
    expect(await words('strata ls small:\t')).toEqual(['ls', 'small:1']);
    expect(await words('strata tag harb\t harb\tx')).toEqual(['tag', 'harbour', 'harbx']);
    expect(await words('strata tag store:sm\t')).toEqual(['tag', 'store:small:1']);
    expect(await words('strata copy demo.tar docker\tout.tar')).toEqual([
      'copy',
      'demo.tar',
      'docker-archive:out.tar',
    ]);
    expect(await words('strata copy demo.tar oci:sev\tx')).toEqual(['copy', 'demo.tar', 'oci:several/x']);
    expect(await words('strata copy demo.tar store:har\t')).toEqual(['copy', 'demo.tar', 'store:harbour']);
    expect(await words('strata copy demo.tar rootf\tx')).toEqual(['copy', 'demo.tar', 'rootfx']);
  });

  test('a file that begins like a name of the store hides it no more than that hides the file', async () => {
    mkdirSync(path.join(cwd, 'smalls dir'), { recursive: true });
    writeFileSync(path.join(cwd, 'smaller.tar'), '');
    try {
      expect(await words('strata ls sma\tx')).toEqual(['ls', 'smallx']);
      const listed = await shell.look('strata ls small\t\t', 'smaller.tar');
      expect(listed).toMatch(/small:1/);
      expect(listed).toMatch(/smalls(?:\\)? dir/);
      expect(await words('strata ls smalle\t')).toEqual(['ls', 'smaller.tar']);
      expect(await words('strata ls small:\t')).toEqual(['ls', 'small:1']);
    } finally {
      rmSync(path.join(cwd, 'smaller.tar'));
      rmSync(path.join(cwd, 'smalls dir'), { recursive: true });
    }
  });

  test('paths inside an image that was read before, directory by directory, of the snapshot asked for', async () => {
    expect(await words('strata cat demo.tar /etc/hostn\t')).toEqual(['cat', 'demo.tar', '/etc/hostname']);
    expect(await words('strata cat demo.tar /et\thostn\t')).toEqual(['cat', 'demo.tar', '/etc/hostname']);
    expect(await words('strata cat demo.tar etc/hostn\t')).toEqual(['cat', 'demo.tar', 'etc/hostname']);
    expect(await words('strata cat demo.tar /etc/hostname /etc/pass\t')).toEqual([
      'cat',
      'demo.tar',
      '/etc/hostname',
      '/etc/passwd',
    ]);
    expect(await words('strata ls demo.tar@6 /root/.deploy/id\t')).toEqual([
      'ls',
      'demo.tar@6',
      '/root/.deploy/id_rsa',
    ]);
    expect(await words('strata ls demo.tar /root/.dep\tx')).toEqual(['ls', 'demo.tar', '/root/.depx']);
    expect(await words('strata cat names /lin\tbel\tfi\t')).toEqual(['cat', 'names', '/link/below/file']);
    expect(await words('strata cat names /a\tb\tf\t')).toEqual(['cat', 'names', '/a dir/below/file']);
    expect(await words('strata cat names "/a d\tb\tf\t')).toEqual(['cat', 'names', '/a dir/below/file']);
  });

  test.each(NAMES.map((file, i) => [file, i] as const))(
    'the name %j becomes the word it is',
    async (file, i) => {
      const expected = ['cat', 'names', `/${directoryOf(i)}/${file}`];
      expect(await words(`strata cat names /${directoryOf(i)}/\t`)).toEqual(expected);
      // Quotes that are open already, where they matter and it can be written in them.
      const possible = ['"', "'"].filter((quote) => !file.includes(quote === '"' ? '!' : quote));
      const quote = possible.at(i % 2) ?? possible.at(0);
      if (quote !== undefined && /[\s$`"'\\;&*!]/.test(file))
        expect(await words(`strata cat names ${quote}/${directoryOf(i)}/\t`)).toEqual(expected);
      expect(existsSync(path.join(cwd, 'canary'))).toBe(false);
    },
  );

  test('names with control characters are neither offered nor executed, and no bytes of them shown', async () => {
    expect(await words('strata ls names /untypable/\t\tx')).toEqual(['ls', 'names', '/untypable/x']);
    const shown = await shell.look('strata ls names /\t\t', 'untypable');
    expect(shown).toContain('link');
    expect(existsSync(path.join(cwd, 'canary'))).toBe(false);
  });

  // zsh itself runs what stands in `$(…)` when files are completed behind it, for ls as for strata.
  if (name === 'bash')
    test('what only the shell could know is left to it: nothing of a line is executed', async () => {
      for (const line of [`strata layers $(${CANARY}; echo x)/\t`, `strata layers \`${CANARY}\`/\t`]) {
        await shell.look(line, 'strata layers');
        // The shell read this behind the Tab, so that has had its effect.
        expect(await words('strata done')).toEqual(['done']);
        expect(existsSync(path.join(cwd, 'canary'))).toBe(false);
      }
    });
});
