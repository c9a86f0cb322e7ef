import type { Readable } from 'node:stream';

/** What conmon says of what it was to begin. */
export interface Answer {
  /** A pid or an exit status; negative when there is none. */
  readonly data: number;
  readonly message: string;
}

/**
 * Returns what resolves to the next line of conmon on its sync pipe: a number, with the runtime's message when that is
 * negative. Where it gives no message, and once there is no line any more, its standard error says why. Never rejects.
 */
export function answersOf(sync: Readable, errors: Readable): () => Promise<Answer> {
  let said = '';
  errors.setEncoding('utf8').on('data', (text: string) => (said += text));
  // It closes the pipes hard when it fails early.
  for (const pipe of [sync, errors]) pipe.on('error', () => undefined);
  const isSaid = new Promise((resolve) => errors.once('close', resolve));
  const lines = linesOf(sync.setEncoding('utf8') as AsyncIterable<string>);
  return async () => {
    const line = await lines.next().catch(() => undefined);
    const answer = line === undefined || line.done === true ? undefined : parseAnswer(line.value);
    const { data = -1, message = '' } = answer ?? {};
    if (data >= 0 || message !== '') return { data, message };
    await isSaid;
    return { data, message: said === '' ? 'conmon ended without a word' : said };
  };
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string, void> {
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function parseAnswer(line: string): Partial<Answer> | undefined {
  try {
    return JSON.parse(line) as Partial<Answer>;
  } catch {
    return undefined;
  }
}
