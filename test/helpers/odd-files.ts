import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tool } from './tool.js';

/**
 * Makes (`first`) and then changes (`second`) one of every kind of file and attribute that a layer can carry: hard links
 * inside a layer and across two, capabilities, setuid, xattrs, sparse files, devices, fifos, odd names, times and owners.
 */
export async function oddFiles(root: string, step: 'first' | 'second'): Promise<void> {
  const script = path.join(root, '.odd.py');
  await writeFile(script, step === 'first' ? FIRST : SECOND);
  try {
    await tool('python3', [script], { cwd: root });
  } finally {
    await tool('rm', ['-f', script]);
  }
}

const FIRST = `
import os, stat
os.umask(0)
def put(name, content=b"x", mode=0o644):
    with open(name, "wb") as f: f.write(content)
    os.chmod(name, mode)
os.makedirs("odd/links/deep"); os.makedirs("odd/names"); os.makedirs("odd/lower/sub")

put("odd/links/a", b"linked"); os.link("odd/links/a", "odd/links/b"); os.link("odd/links/a", "odd/links/deep/c")
put("odd/links/lower", b"in the lower layer"); put("odd/links/alone", b"alone")
put("odd/links/pair1", b"pair"); os.link("odd/links/pair1", "odd/links/pair2")
os.symlink("a", "odd/links/link"); os.link("odd/links/link", "odd/links/linked-link", follow_symlinks=False)
os.symlink("/nowhere/" + "x" * 200, "odd/links/long"); os.symlink("../../..", "odd/links/up"); os.symlink("loop", "odd/links/loop")

put("odd/setuid", b"#!/bin/sh\\n", 0o4755); put("odd/setgid", b"#!/bin/sh\\n", 0o2755); put("odd/sticky", b"", 0o1644)
os.mkdir("odd/tmp", 0o1777); os.mkdir("odd/group", 0o2775); put("odd/none", b"", 0)
put("odd/capable", b"cap"); os.setxattr("odd/capable", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))
put("odd/owned", b"o"); os.chown("odd/owned", 1000, 100); put("odd/far", b"f"); os.chown("odd/far", 4000000, 3000000)
for name in ("user.text", "user.binary", "user.empty"):
    put("odd/x-" + name)
os.setxattr("odd/x-user.text", "user.text", b"hello"); os.setxattr("odd/x-user.binary", "user.binary", bytes(range(256))); os.setxattr("odd/x-user.empty", "user.empty", b"")
os.setxattr("odd/tmp", "user.on.directory", b"d=e\\n")
put("odd/trusted"); os.setxattr("odd/trusted", "trusted.odd", b"t")

with open("odd/sparse", "wb") as f:
    f.write(b"start"); f.seek(3_000_000); f.write(b"middle"); f.truncate(5_000_000)
with open("odd/hole", "wb") as f: f.truncate(1_000_000)
put("odd/empty", b""); put("odd/block", b"b" * 512); put("odd/over", b"o" * 513); put("odd/big", os.urandom(3_000_000))

os.mknod("odd/null", stat.S_IFCHR | 0o666, os.makedev(1, 3)); os.mknod("odd/disk", stat.S_IFBLK | 0o660, os.makedev(8, 17)); os.mknod("odd/wide", stat.S_IFCHR | 0o600, os.makedev(300, 70000))
os.mkfifo("odd/fifo", 0o640)

names = ["\\u00e9t\\u00e9".encode(), "e\\u0301te\\u0301".encode(), "\\u6e2f".encode(), b"latin-\\xe9", b"latin-\\xe8", b"\\xff\\xfe", b"new\\nline", b"tab\\there", b"\\x1b[31mred", b"-rf", b" lead", b"trail ", b"*?[]", b"back\\\\slash", b"quote'\\"", "rlo\\u202etxt".encode(), b"n" * 255, b"=equals", b"12 path=x"]
for name in names:
    with open(os.path.join(b"odd/names", name), "wb") as f: f.write(name)
deep = "odd/" + "/".join(["d" * 60] * 6); os.makedirs(deep); put(deep + "/" + "f" * 60, b"deep")
os.symlink(b"caf\\xe9", b"odd/names/to-latin")

for i in range(20): put("odd/lower/f%d" % i, b"%d" % i)
put("odd/lower/sub/file", b"sub"); put("odd/kind1", b"file"); os.mkdir("odd/kind2"); put("odd/kind2/inside"); os.symlink("kind1", "odd/kind3"); os.mkdir("odd/kind4")
os.symlink("lower", "odd/dirlink"); put("odd/mode", b"mode"); put("odd/time", b"time"); put("odd/content", b"one")

put("odd/old"); os.utime("odd/old", ns=(0, 0)); put("odd/exact"); os.utime("odd/exact", ns=(10**18, 10**18 + 123456789)); put("odd/before"); os.utime("odd/before", ns=(-10**9, -10**9)); put("odd/late"); os.utime("odd/late", ns=(5 * 10**18, 5 * 10**18))
`;

const SECOND = `
import os, shutil
os.umask(0)
def put(name, content=b"x"):
    with open(name, "wb") as f: f.write(content)
# A hard link to a file of the layer below, a link group that shrinks, one that is broken by a new file.
os.link("odd/links/lower", "odd/links/lower-too"); os.unlink("odd/links/pair2"); os.unlink("odd/links/b"); put("odd/links/b", b"own again")
os.unlink("odd/links/alone"); os.symlink("b", "odd/links/alone")
# An emptied and re-created directory, a deleted one, a deleted file, an emptied one.
shutil.rmtree("odd/lower"); os.mkdir("odd/lower"); put("odd/lower/f3", b"new three"); put("odd/lower/other")
shutil.rmtree("odd/group"); os.unlink("odd/names/-rf"); os.unlink(b"odd/names/latin-\\xe9"); open("odd/block", "w").close()
# Kinds that change.
os.unlink("odd/kind1"); os.mkdir("odd/kind1"); put("odd/kind1/now-inside"); shutil.rmtree("odd/kind2"); put("odd/kind2", b"now a file")
os.unlink("odd/kind3"); put("odd/kind3", b"now a file"); os.rmdir("odd/kind4"); os.symlink("kind2", "odd/kind4")
# One facet each.
os.chmod("odd/mode", 0o755); os.utime("odd/time", ns=(10**18, 10**18)); put("odd/content", b"two"); os.chown("odd/owned", 0, 0); os.setxattr("odd/x-user.text", "user.text", b"changed"); os.removexattr("odd/x-user.binary", "user.binary"); os.chmod("odd/setuid", 0o755); os.removexattr("odd/capable", "security.capability")
os.unlink("odd/fifo"); os.mkfifo("odd/fifo", 0o600)
`;
