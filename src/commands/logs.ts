import { boolean, string } from '@oclif/core/flags';
import { findContainer } from '../runtime/container/containers.js';
import type { ContainerRecord } from '../runtime/container/record.js';
import { containerLog } from '../runtime/logs/container-log.js';
import type { LogEntry } from '../runtime/logs/log-entry.js';
import { createLineJoiner } from '../runtime/logs/join-lines.js';
import { formatLogTime, parseLogMoment } from '../runtime/logs/log-time.js';
import { bytesJson, openJsonList } from '../report/json.js';
import { logText } from '../report/log-text.js';
import { StrataCommand } from './base.js';
import { containerArgument, containerPlace } from './container/place.js';
import type { Context } from './program/context.js';
import { stopIfAborted } from './program/failure.js';
import { createOutput, type Output } from './program/output.js';
import { parseTail } from './flags/tail-count.js';

interface Printing {
  readonly timestamps: boolean;
  readonly raw: boolean;
  /** Nothing is held back. */
  readonly follow: boolean;
}

export default class Logs extends StrataCommand {
  static override readonly summary = 'Write what a container has written.';
  static override readonly description = `What it wrote to its standard output comes on standard output, what to its standard error on standard error, byte for
byte; of all its starts, as long as it is not removed. On a terminal control characters but colours are escaped (--raw
leaves them). --since and --until take a time (2026-03-01T12:00:00Z, 2026-03-01), seconds since 1970, or how long ago: 10m.`;
  static override readonly examples = [
    {
      description: 'What did it say?',
      command:
        "<%= config.bin %> run --name said --entrypoint /bin/sh demo.tar -c 'echo one; echo two' && <%= config.bin %> <%= command.id %> said",
    },
    {
      description: 'The last line of it, and when',
      command:
        "<%= config.bin %> run --name told --entrypoint /bin/sh demo.tar -c 'echo one; echo two' && <%= config.bin %> <%= command.id %> -t --tail 1 --since 10m told",
    },
  ];
  static override readonly args = { container: containerArgument() };
  static override readonly flags = {
    follow: boolean({ char: 'f', default: false, summary: 'Go on until the container has ended.' }),
    since: string({ helpValue: 'TIME', summary: 'Only what was written from then on.' }),
    until: string({ helpValue: 'TIME', summary: 'Only what was written up to then.' }),
    tail: string({
      char: 'n',
      default: 'all',
      helpValue: 'N',
      summary: 'Only so many lines at the end.',
    }),
    timestamps: boolean({ char: 't', default: false, summary: 'Begin each line with its time.' }),
    raw: boolean({
      default: false,
      summary: 'Write the bytes as they are to a terminal too. They may change its state.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags, context } = await this.begin(Logs);
    const now = Date.now();
    const moment = (text: string | undefined, what: string): bigint | undefined =>
      text === undefined ? undefined : parseLogMoment(text, what, now);
    const options = {
      follow: flags.follow,
      since: moment(flags.since, '--since'),
      until: moment(flags.until, '--until'),
      tail: parseTail(flags.tail),
    };
    const place = await containerPlace(context);
    const record = findContainer(place.store, args.container);
    // Nothing is left to tidy up, and an end by Ctrl-C is what a follower has.
    stopIfAborted(context.signal);
    this.releaseInterrupts();
    const entries = containerLog(place, record, options);
    if (context.json) await writeJson(context, record, entries);
    else await writeText(context, entries, flags);
  }
}

async function writeText(
  context: Context,
  entries: AsyncIterable<LogEntry>,
  { timestamps, raw, follow }: Printing,
): Promise<void> {
  const { terminal, output } = context;
  const outputs: Record<LogEntry['stream'], Output> = {
    stdout: output,
    stderr: createOutput(process.stderr),
  };
  const joiner = createLineJoiner();
  const begun = { stdout: false, stderr: false };
  let gathered:
    { readonly stream: LogEntry['stream']; readonly parts: Uint8Array[]; length: number } | undefined;
  const flush = async (): Promise<void> => {
    if (gathered !== undefined) await outputs[gathered.stream].write(Buffer.concat(gathered.parts));
    gathered = undefined;
  };
  const write = async (
    stream: LogEntry['stream'],
    parts: readonly (string | Uint8Array)[],
  ): Promise<void> => {
    // Both may be the same place, where the order counts.
    if (gathered?.stream !== stream) await flush();
    gathered ??= { stream, parts: [], length: 0 };
    for (const part of parts) {
      if (part.length === 0) continue;
      const bytes = part === '\n' ? LINE_FEED : Buffer.from(part);
      gathered.parts.push(bytes);
      gathered.length += bytes.length;
    }
    if (follow || gathered.length >= CHUNK) await flush();
  };
  for await (const entry of entries) {
    const { stream, bytes, partial } = entry;
    if (terminal[stream].isTTY && !raw) {
      for (const line of joiner.push(entry)) await write(stream, [shown(line, timestamps)]);
      continue;
    }
    const time = timestamps && !begun[stream] ? `${formatLogTime(entry.time)} ` : '';
    begun[stream] = partial;
    await write(stream, [time, bytes, partial ? '' : '\n']);
  }
  for (const line of joiner.end()) await write(line.stream, [shown(line, timestamps)]);
  await flush();
}

/** Bytes that are written at once. */
const CHUNK = 64 * 1024;
const LINE_FEED = Buffer.from('\n');

function shown({ time, bytes, partial }: LogEntry, timestamps: boolean): string {
  return `${timestamps ? `${formatLogTime(time)} ` : ''}${logText(bytes)}${partial ? '' : '\n'}`;
}

async function writeJson(
  { output }: Context,
  { id, name }: ContainerRecord,
  entries: AsyncIterable<LogEntry>,
): Promise<void> {
  const list = openJsonList({ container: { id, name } }, 'lines');
  const joiner = createLineJoiner();
  await output.write(list.begin);
  for await (const entry of entries)
    for (const line of joiner.push(entry)) {
      await output.write(list.item(lineJson(line)));
      await output.flush();
    }
  for (const line of joiner.end()) await output.write(list.item(lineJson(line)));
  await output.write(list.end({}));
}

function lineJson({ time, stream, bytes, partial }: LogEntry): object {
  let text: string | undefined;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    text = undefined;
  }
  return { time: formatLogTime(time), stream, text: text ?? bytesJson(bytes), cut: partial };
}
