import { readExit } from '../../runtime/container/exit.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import { type ContainerPlace, engineOf, folderOf } from '../../runtime/container/state.js';
import { killContainer } from '../../runtime/engine/engine.js';
import { connect, type Session } from '../../runtime/foreground.js';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../runtime/monitor/detach-keys.js';
import { processStreams, sayDetached, sayIgnored } from './streams.js';
import type { Context } from '../program/context.js';
import { createMilestone } from '../program/milestone.js';

export interface AttachFlagValues {
  readonly 'detach-keys'?: string | undefined;
  readonly 'sig-proxy': boolean;
}

export interface AttachOptions {
  readonly stdin: boolean;
  readonly flags: AttachFlagValues;
  /** Starts the container once the session is there; undefined when it runs: then it draws its terminal anew. */
  readonly start?: ((attach: () => void) => Promise<boolean>) | undefined;
}

/** Puts our streams on a container until it ends or we leave it; returns the code to end with. */
export async function attachedEnd(
  context: Context,
  place: ContainerPlace,
  record: ContainerRecord,
  { stdin, flags, start }: AttachOptions,
): Promise<number> {
  const detachKeys = parseDetachKeys(flags['detach-keys'] ?? DEFAULT_DETACH_KEYS);
  const folder = folderOf(place, record);
  const begun = createMilestone();
  const say = (words: string): void => {
    context.log.info(words);
  };
  const streams = processStreams({
    terminal: record.terminal,
    stdin: stdin && record.stdin,
    proxy: flags['sig-proxy'],
    signal: async (number) => {
      await begun.reached;
      await killContainer(engineOf(place, record), record.id, number);
    },
    onIgnored: () => {
      sayIgnored(say, record.name);
    },
    detachKeys,
  });
  try {
    let session: Session | undefined;
    const started = await start?.(() => {
      session = connect(place.store, { folder, record }, streams);
    });
    begun.reach();
    session ??= connect(place.store, { folder, record }, streams, started !== true);
    const end = await session.end();
    if (end.kind === 'exited') {
      await readExit(place.store, folder);
      return end.status;
    }
    streams.restore();
    sayDetached(say, record.name);
    return end.typed ? 0 : streams.leftWith();
  } finally {
    streams.restore();
  }
}
