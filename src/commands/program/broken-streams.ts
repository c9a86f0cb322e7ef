/**
 * oclif throws whatever stdout fails with, but EPIPE, as an uncaught exception; our writes report their failures
 * themselves. stderr has no other reader to tell when it is gone.
 */
export function ownBrokenStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => undefined);
  }
}
