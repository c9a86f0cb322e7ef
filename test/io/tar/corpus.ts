import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decompress } from 'fzstd';
import { corpora } from '../../helpers/corpora.js';

/** A row of ORACLE.tsv: how four independent readers list a tar. */
export interface OracleRow {
  readonly path: string;
  readonly readers: Readonly<Record<'go' | 'bsdtar' | 'gnu' | 'python', { exit: number; entries: number }>>;
  readonly agree: boolean;
}

/** The rows whose tar is in the corpora (a few were too large to keep). */
export function oracleRows(): OracleRow[] {
  const kept = table('ORACLE.tsv').filter(([file = '']) => existsSync(path.join(corpora(), file)));
  return kept.map((cells) => {
    const reader = (at: number): { exit: number; entries: number } => ({
      exit: Number(cells[at]),
      entries: Number(cells[at + 1]),
    });
    return {
      path: cells[0] ?? '',
      readers: { go: reader(2), bsdtar: reader(4), gnu: reader(6), python: reader(8) },
      agree: cells[10] === 'yes',
    };
  });
}

/** Rows of MANIFEST.tsv below a folder: path and expected outcome. */
export function manifestRows(folder: string): { readonly path: string; readonly expected: string }[] {
  return table('MANIFEST.tsv')
    .filter(([file = '']) => file.startsWith(folder))
    .map((cells) => ({ path: cells[0] ?? '', expected: cells[6] ?? '' }));
}

function table(name: string): string[][] {
  const [, ...lines] = readFileSync(path.join(corpora(), name), 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}

/** Returns the plain tar of a corpus file; of a damaged compressed stream, what could be decompressed. */
export function plainTar(name: string): Uint8Array {
  const bytes = readFileSync(path.join(corpora(), name));
  if (/\.(?:t?gz|Z)$/.test(name)) return filter('gzip', ['-dc'], bytes);
  if (/\.(?:bz2|tbz)$/.test(name))
    return filter('python3', ['-c', PYTHON.replaceAll('MODULE', 'bz2')], bytes);
  if (/\.t?xz$/.test(name)) return filter('python3', ['-c', PYTHON.replaceAll('MODULE', 'lzma')], bytes);
  return name.endsWith('.zst') ? decompress(bytes) : bytes;
}

const PYTHON = 'import MODULE,sys; sys.stdout.buffer.write(MODULE.decompress(sys.stdin.buffer.read()))';

function filter(command: string, args: string[], input: Uint8Array): Uint8Array {
  const { stdout, error } = spawnSync(command, args, { input, maxBuffer: 2 ** 31 });
  if (error !== undefined) throw error;
  return stdout;
}
