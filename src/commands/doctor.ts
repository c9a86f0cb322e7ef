import type { Check } from '../runtime/probe/check.js';
import { probeContainers } from '../runtime/probe/probe.js';
import { installLine } from '../runtime/rootless/packages.js';
import { nativeZstd } from '../io/codec/zstd-native.js';
import { formatPlatform, hostPlatform } from '../model/platform.js';
import { formatBytes, plural } from '../report/bytes.js';
import { errorJson } from '../report/error.js';
import { formatCell } from '../report/cell.js';
import { formatTable } from '../report/table.js';
import { listBlobs, listDerived } from '../store/inventory.js';
import { readRefs } from '../store/refs.js';
import { StrataCommand } from './base.js';
import type { Context } from './program/context.js';
import { ownStore } from './program/own-store.js';
import { toFailure } from './program/failure.js';
import { bytesFlag } from './flags/flags.js';

/** What is in the store; undefined fields could not be read. */
interface StoreReport {
  readonly root: string;
  readonly cache: string;
  readonly writable: boolean;
  readonly images: number;
  readonly blobs: number;
  readonly blobBytes: number;
  readonly derived: number;
  readonly derivedBytes: number;
}

export default class Doctor extends StrataCommand {
  static override readonly summary =
    'Show what strata finds on this machine: terminal, Node, zstd, store, and what runs containers.';
  static override readonly description =
    'Ends with 5 when something that strata needs is not installed. Opens no image and changes nothing: mounts are tried where nobody sees them.';
  static override readonly examples = [
    { description: 'Look at everything', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Ask from a script where the store is',
      command: '<%= config.bin %> <%= command.id %> --json',
    },
  ];
  static override readonly flags = { bytes: bytesFlag };

  async run(): Promise<unknown> {
    const { context, flags } = await this.begin(Doctor);
    const { version } = this.config;
    const engines = this.config.pjson.engines as { readonly node?: string } | undefined;
    const node = nodeCheck(process.version, engines?.node ?? '');
    const store = await inspectStore(context).catch((thrown: unknown) => toFailure(thrown));
    const containers = await probeContainers(context.storePaths.root);
    const checks = [
      { name: 'strata', health: 'ok', value: version },
      node,
      zstdCheck(),
      { name: 'platform', health: 'ok', value: formatPlatform(hostPlatform(process.arch)) },
      ...terminalChecks(context),
      ...storeChecks(store, context, flags.bytes),
      ...containers,
    ] satisfies Check[];
    const install = installOf(containers);
    if (checks.some((check) => check.health === 'missing')) this.endWith(5);
    if (!context.json) await context.output.lines(report(checks, install, context));
    const { stdout, stderr, utf8 } = context.terminal;
    return {
      strata: version,
      node: { version: process.version, supported: node.health === 'ok' },
      platform: hostPlatform(process.arch),
      zstd: zstdBackEnd(),
      terminal: {
        stdout: { terminal: stdout.isTTY, columns: stdout.width ?? null, colours: stdout.palette.level },
        stderr: { terminal: stderr.isTTY, columns: stderr.width ?? null, colours: stderr.palette.level },
        utf8,
      },
      store: store instanceof Error ? { ...context.storePaths, ...errorJson(store) } : store,
      containers: containers.map(({ name, health, value, hint }) => ({
        name,
        health,
        value,
        hint: hint ?? null,
      })),
      install: install ?? null,
      missing: checks.filter((check) => check.health === 'missing').map((check) => check.name),
    };
  }
}

async function inspectStore(context: Context): Promise<StoreReport> {
  const store = await ownStore(context);
  const [refs, { blobs }, derived] = await Promise.all([
    readRefs(store),
    listBlobs(store),
    listDerived(store),
  ]);
  return {
    ...store.paths,
    writable: !store.readOnly,
    images: refs.length,
    blobs: blobs.length,
    blobBytes: blobs.reduce((sum, blob) => sum + blob.size, 0),
    derived: derived.length,
    derivedBytes: derived.reduce((sum, file) => sum + file.bytes, 0),
  };
}

function nodeCheck(version: string, engines: string): Check {
  const wanted = /(\d+)\.(\d+)/.exec(engines);
  const have = /(\d+)\.(\d+)/.exec(version);
  const supported =
    wanted === null ||
    have === null ||
    Number(have[1]) > Number(wanted[1]) ||
    (have[1] === wanted[1] && Number(have[2]) >= Number(wanted[2]));
  if (supported) return { name: 'node', health: 'ok', value: `${version}, supported` };
  return {
    name: 'node',
    health: 'missing',
    value: `${version}, not supported`,
    hint: `install Node ${engines.replace('>=', '')} or newer`,
  };
}

/** Node 22.15 and 23.8 brought zstd to node:zlib; before, it is libzstd in WebAssembly (zstddec). */
function zstdBackEnd(): 'native' | 'wasm' {
  return nativeZstd === undefined ? 'wasm' : 'native';
}

function zstdCheck(): Check {
  return {
    name: 'zstd',
    health: 'ok',
    value:
      zstdBackEnd() === 'native'
        ? 'native (node:zlib)'
        : 'WebAssembly; Node 22.15 and newer have a faster one',
  };
}

function terminalChecks({ terminal }: Context): Check[] {
  const say = (view: Context['terminal']['stdout']): string =>
    view.width === undefined
      ? `not a terminal, ${COLOURS[view.palette.level]}`
      : `terminal of ${view.width} columns, ${COLOURS[view.palette.level]}`;
  return [
    { name: 'stdout', health: 'ok', value: say(terminal.stdout) },
    { name: 'stderr', health: 'ok', value: say(terminal.stderr) },
    terminal.utf8
      ? { name: 'locale', health: 'ok', value: 'UTF-8' }
      : {
          name: 'locale',
          health: 'warning',
          value: 'not UTF-8: trees are drawn in ASCII',
          hint: 'set LC_ALL=C.UTF-8',
        },
  ];
}

const COLOURS = ['no colours', '16 colours', '256 colours', 'true colour'] as const;

function storeChecks(store: StoreReport | Error, context: Context, exact: boolean): Check[] {
  if (store instanceof Error) {
    const { error } = errorJson(store);
    return [
      {
        name: 'store',
        health: 'warning',
        value: `${error.code}: ${error.message}`,
        ...(error.hint === null ? {} : { hint: error.hint }),
      },
    ];
  }
  const { root, cache } = context.storePaths;
  return [
    store.writable
      ? { name: 'store', health: 'ok', value: root }
      : {
          name: 'store',
          health: 'warning',
          value: `${root} (read-only)`,
          hint: 'set STRATA_STORE to a directory that can be written',
        },
    { name: 'cache', health: 'ok', value: cache },
    {
      name: 'stored',
      health: 'ok',
      value:
        `${plural(store.images, 'image')}, ${plural(store.blobs, 'blob')} of ${formatBytes(store.blobBytes, exact)}, ` +
        `${plural(store.derived, 'derived file')} of ${formatBytes(store.derivedBytes, exact)}`,
    },
  ];
}

/** The line that installs all that is not there. */
function installOf(checks: readonly Check[]): string | undefined {
  const packages = checks.flatMap((check) => (check.package === undefined ? [] : [check.package]));
  return packages.length === 0 ? undefined : installLine(packages);
}

function report(checks: readonly Check[], install: string | undefined, { terminal }: Context): string[] {
  const { palette } = terminal.stdout;
  const paint = { ok: palette.added, warning: palette.warning, missing: palette.error };
  const lines = formatTable(
    [{ header: '' }, { header: '' }, { header: '' }],
    checks.map((check) => [{ text: check.health, style: paint[check.health] }, check.name, check.value]),
    { terminalWidth: terminal.stdout.width, ellipsis: terminal.ellipsis },
  );
  const hints = checks.flatMap(({ name, hint }) =>
    hint === undefined ? [] : [`${palette.hint('hint:')} ${formatCell(`${name}: ${hint}`)}`],
  );
  const last = install === undefined ? [] : [`${palette.hint('hint:')} as root: ${install}`];
  return [...lines, ...hints, ...last];
}
