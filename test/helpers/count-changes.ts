/** What each layer of a `docker save` archive changed, counted by Python's tarfile and a dictionary of paths. */
import { tool } from './tool.js';

/** Paths that one layer changed. */
export interface ChangeCount {
  readonly added: number;
  readonly replaced: number;
  readonly metadata: number;
  readonly removed: number;
}

/** One layer as Python sees it. */
export interface CountedLayer {
  readonly storedBytes: number;
  readonly plainBytes: number;
  readonly diffID: string;
  readonly members: number;
  readonly changes: ChangeCount;
}

/** Returns every layer of the only image of a plain `docker save` archive, base first. Throws when python3 is missing. */
export async function countChanges(archive: string): Promise<readonly CountedLayer[]> {
  return JSON.parse(await tool('python3', ['-c', COUNT, archive])) as CountedLayer[];
}

/**
 * Whiteouts act on what lower layers left, whatever their place in the archive; then members replace what is there.
 * A parent that no layer has an entry for is a directory whose metadata nobody knows.
 */
const COUNT = `
import gzip, hashlib, io, json, os, sys, tarfile
outer = tarfile.open(sys.argv[1], "r:")
read = lambda name: outer.extractfile(name).read()
tree = {}
result = []
IMPLIED = (("dir",), None)
def remove(path, itself):
    for name in [n for n in tree if n.startswith(path + "/") or (itself and n == path)]: del tree[name]
def place(path, what):
    parts = path.split("/")
    for i in range(1, len(parts)):
        above = "/".join(parts[:i])
        if above not in tree or tree[above][0][0] != "dir":
            remove(above, True)
            tree[above] = IMPLIED
    if what[0][0] != "dir" and path in tree and tree[path][0][0] == "dir": remove(path, True)
    tree[path] = what
for name in json.loads(read("manifest.json"))[0]["Layers"]:
    stored = read(name)
    plain = gzip.decompress(stored) if stored[:2] == b"\\x1f\\x8b" else stored
    archive = tarfile.open(fileobj=io.BytesIO(plain), errors="surrogateescape", encoding="utf-8")
    members = archive.getmembers()
    before = dict(tree)
    rest = []
    for m in members:
        path = os.path.normpath("/" + m.name)[1:]
        folder, base = os.path.split(path)
        if base == ".wh..wh..opq": remove(folder, False)
        elif base.startswith(".wh."): remove(os.path.join(folder, base[4:]), True)
        elif path != "": rest.append((path, m))
    for path, m in rest:
        meta = (m.mode, m.uid, m.gid, str(m.pax_headers.get("mtime", int(m.mtime))), sorted(i for i in m.pax_headers.items() if i[0].startswith("SCHILY.xattr.")))
        if m.islnk(): what = tree[os.path.normpath("/" + m.linkname)[1:]]
        elif m.isdir(): what = (("dir",), meta)
        elif m.issym(): what = (("link", m.linkname), meta)
        elif m.isfile(): what = (("file", hashlib.sha256(archive.extractfile(m).read()).hexdigest()), meta)
        else: what = ((m.type.decode(), m.devmajor, m.devminor), meta)
        place(path, what)
    both = [n for n in tree if n in before]
    result.append({
        "storedBytes": len(stored), "plainBytes": len(plain), "members": len(members),
        "diffID": "sha256:" + hashlib.sha256(plain).hexdigest(),
        "changes": {
            "added": sum(n not in before for n in tree), "removed": sum(n not in tree for n in before),
            "replaced": sum(tree[n][0] != before[n][0] for n in both),
            "metadata": sum(tree[n][0] == before[n][0] and tree[n][1] != before[n][1] for n in both)}})
print(json.dumps(result))
`;
