/**
 * What independent tools make of the same layers: the file system that umoci unpacks and the one that podman mounts,
 * entry by entry, and the comparison with ours.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { decodeName } from '../../src/model/name.js';
import type { FileKind } from '../../src/model/entry.js';
import { needRoot, needTool, removeStorage, storageDriver, tool } from './tool.js';

/** One path of a file system as `lstat` and `getxattr` see it. */
export interface OracleEntry {
  readonly kind: FileKind;
  /** Lower twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file; 0 for other kinds. */
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Target of a symlink, as a name of model/name; '' otherwise. */
  readonly link: string;
  /** `major:minor` of a device; '' otherwise. */
  readonly device: string;
  /** Values as hex. */
  readonly xattrs: Readonly<Record<string, string>>;
  /** Hex SHA-256 of a file's content; '' for other kinds. */
  readonly sha256: string;
  /** All paths of the same inode, sorted; only itself for most, and for every directory. */
  readonly group: readonly string[];
}

/** By rooted path, `/` included, as a name of model/name. */
export type OracleTree = ReadonlyMap<string, OracleEntry>;

/**
 * Returns the tree below `root`, never followed out of, never crossing links; files larger than `digested` bytes are not
 * read and have no digest. Throws when python3 is missing.
 */
export async function readTree(root: string, digested = Number.MAX_SAFE_INTEGER): Promise<OracleTree> {
  const argv = ['-I', '-S', '-c', WALK, root, String(digested)];
  const child = spawn(interpreter(), argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const rows: Row[] = [];
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity }))
    rows.push(JSON.parse(line) as Row);
  const status = await ended;
  if (status !== 0) throw new Error(`reading ${root}: python3 ended with ${String(status)}: ${said}`);
  return toTree(rows);
}

let found: string | undefined;

/** What `python3` is in the end: the shell script that some have there costs more than the walk. */
function interpreter(): string {
  needTool('python3');
  return (found ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim());
}

/** As the walk prints it; names in base64. */
interface Row {
  readonly path: string;
  readonly kind: FileKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: string;
  readonly link: string;
  readonly device: string;
  readonly xattrs: Readonly<Record<string, string>>;
  readonly sha256: string;
  readonly inode: string;
}

function toTree(rows: readonly Row[]): OracleTree {
  const groups = new Map<string, string[]>();
  const named = rows.map((row) => ({ row, name: decodeName(Buffer.from(row.path, 'base64')) }));
  for (const { row, name } of named) {
    const group = groups.get(row.inode);
    if (group === undefined) groups.set(row.inode, [name]);
    else group.push(name);
  }
  for (const group of groups.values()) group.sort();
  const tree = new Map<string, OracleEntry>();
  for (const { row, name } of named) {
    tree.set(name, {
      kind: row.kind,
      mode: row.mode,
      uid: row.uid,
      gid: row.gid,
      size: row.size,
      mtimeNs: BigInt(row.mtime),
      link: decodeName(Buffer.from(row.link, 'base64')),
      device: row.device,
      xattrs: row.xattrs,
      sha256: row.sha256,
      group: groups.get(row.inode) ?? [name],
    });
  }
  return tree;
}

/** Prints one JSON line per path; a file of several names is digested once. */
const WALK = `
import base64, hashlib, json, os, stat, sys
root = os.fsencode(sys.argv[1])
digests = {}
out = sys.stdout.write
kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink", stat.S_IFCHR: "character", stat.S_IFBLK: "block", stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket"}
b64 = lambda b: base64.b64encode(b).decode()
def digest(full, st):
    if st.st_size > int(sys.argv[2]): return ""
    key = (st.st_dev, st.st_ino)
    if st.st_nlink > 1 and key in digests: return digests[key]
    h = hashlib.sha256()
    with open(full, "rb") as f:
        while True:
            part = f.read(1 << 20)
            if not part: break
            h.update(part)
    digests[key] = h.hexdigest()
    return digests[key]
def emit(full, name):
    st = os.lstat(full)
    kind = kinds[stat.S_IFMT(st.st_mode)]
    xattrs = {os.fsencode(k).decode("latin-1"): os.getxattr(full, k, follow_symlinks=False).hex() for k in sorted(os.listxattr(full, follow_symlinks=False))}
    out(json.dumps({
        "path": b64(name), "kind": kind, "mode": stat.S_IMODE(st.st_mode), "uid": st.st_uid, "gid": st.st_gid,
        "size": st.st_size if kind == "file" else 0, "mtime": str(st.st_mtime_ns),
        "link": b64(os.readlink(full)) if kind == "symlink" else "",
        "device": "%d:%d" % (os.major(st.st_rdev), os.minor(st.st_rdev)) if kind in ("character", "block") else "",
        "xattrs": xattrs, "sha256": digest(full, st) if kind == "file" else "",
        "inode": b64(name) if kind == "directory" else "%d:%d" % (st.st_dev, st.st_ino)}) + "\\n")
    return kind
def walk(at, name):
    if emit(at, name or b"/") != "directory": return
    # Step by step: paths may be longer than the kernel takes.
    os.chdir(at)
    for child in sorted(os.listdir(b".")):
        # overlayfs lists a whiteout where nothing is below it (fs/overlayfs/readdir.c), and then says there is none.
        if os.path.lexists(child): walk(child, name + b"/" + child)
    os.chdir(b"..")
sys.setrecursionlimit(10000)
os.chdir(root)
walk(b".", b"")
`;

/** Returns what `umoci unpack` makes of the tagged image of an OCI layout directory. Needs root. */
export async function umociTree(layout: string, tag: string): Promise<OracleTree> {
  needRoot();
  needTool('python3');
  const folder = await mkdtemp(path.join(tmpdir(), 'strata-umoci-'));
  try {
    const rootfs = path.join(folder, 'rootfs');
    // `raw`: without the runtime configuration, which umoci refuses to make for odd ones.
    await tool('umoci', ['raw', 'unpack', '--image', `${layout}:${tag}`, rootfs]);
    return await readTree(rootfs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Returns what `podman image mount` shows of an image in any form skopeo names: `oci:DIR:TAG`, `docker-archive:FILE`.
 * Uses a storage of its own; overlay where it can be mounted, else vfs. Needs root.
 */
export async function podmanTree(image: string): Promise<OracleTree> {
  needRoot();
  needTool('python3');
  const folder = await mkdtemp(path.join(tmpdir(), 'strata-podman-'));
  await mkdir(path.join(folder, 'tmp'));
  const global = [
    '--root',
    path.join(folder, 'root'),
    '--runroot',
    path.join(folder, 'run'),
    '--tmpdir',
    path.join(folder, 'tmp'),
    '--storage-driver',
    storageDriver(folder),
  ];
  const podman = (...args: string[]) => tool('podman', [...global, ...args]);
  try {
    const id = (await podman('pull', '--quiet', image)).trim().split('\n').at(-1) ?? '';
    const mounted = (await podman('image', 'mount', id)).trim();
    try {
      return await readTree(mounted);
    } finally {
      await podman('image', 'umount', '--force', id);
    }
  } finally {
    await removeStorage(folder);
  }
}

export interface CompareOptions {
  /** Facets the other tool is known to lose; say why where this is used. */
  readonly ignore?: readonly (keyof OracleEntry)[];
  /** Paths the other tool adds or changes itself. */
  readonly except?: (path: string) => boolean;
}

/**
 * Returns every difference as `path: facet ours … theirs …`, sorted by path; empty when both trees are the same.
 * Nothing is ignored but what the options name.
 */
export function compareTrees(ours: OracleTree, theirs: OracleTree, options: CompareOptions = {}): string[] {
  const differences: string[] = [];
  const ignored = new Set<string>(options.ignore);
  for (const name of [...new Set([...ours.keys(), ...theirs.keys()])].sort()) {
    if (options.except?.(name) === true) continue;
    const a = ours.get(name);
    const b = theirs.get(name);
    const shown = JSON.stringify(name);
    if (a === undefined || b === undefined)
      differences.push(`${shown}: only ${a === undefined ? 'theirs' : 'ours'}`);
    else
      for (const facet of FACETS) {
        const [left, right] = [text(a[facet]), text(b[facet])];
        if (left !== right && !ignored.has(facet))
          differences.push(`${shown}: ${facet} ours ${left}, theirs ${right}`);
      }
  }
  return differences;
}

const FACETS = [
  'kind',
  'mode',
  'uid',
  'gid',
  'size',
  'mtimeNs',
  'link',
  'device',
  'xattrs',
  'sha256',
  'group',
] as const satisfies readonly (keyof OracleEntry)[];

function text(value: OracleEntry[keyof OracleEntry]): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'object' && !Array.isArray(value))
    return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(value);
}
