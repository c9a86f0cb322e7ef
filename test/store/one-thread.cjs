// Lets node:fs/promises make its system calls in this thread, so that all of them have one order for strace to count by.
'use strict';
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

for (const [name, deed] of Object.entries(fs.promises)) {
  const here = fs[`${name}Sync`];
  if (typeof deed === 'function' && here !== undefined)
    fs.promises[name] = async (...given) => here(...given);
}

fs.promises.open = async (...given) => {
  const fd = fs.openSync(...given);
  const handle = {
    fd,
    write: async (...rest) => ({ bytesWritten: fs.writeSync(fd, ...rest) }),
    read: async (...rest) => ({ bytesRead: fs.readSync(fd, ...rest) }),
    sync: async () => fs.fsyncSync(fd),
    stat: async (...rest) => fs.fstatSync(fd, ...rest),
    utimes: async (...rest) => fs.futimesSync(fd, ...rest),
    chmod: async (mode) => fs.fchmodSync(fd, mode),
    close: async () => fs.closeSync(fd),
  };
  return new Proxy(handle, {
    get(target, name) {
      if (name in target || typeof name === 'symbol' || name === 'then') return target[name];
      // Else a test would take it for an error that was survived.
      process.stderr.write(`one-thread.cjs knows no FileHandle.${name}\n`);
      process.exit(99);
    },
  });
};
syncBuiltinESMExports();
