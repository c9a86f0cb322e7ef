import { createHash } from 'node:crypto';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import type { AnomalyCode } from '../../../src/model/anomaly-codes.js';
import { StrataError } from '../../../src/model/error.js';
import { DEFAULT_LIMITS, type Limits } from '../../../src/model/limits.js';
import type { TarMember, TarMemberKind } from '../../../src/model/tar-member.js';
import type { TarDialect } from '../../../src/io/tar/extensions.js';
import { createTarReader } from '../../../src/io/tar/read.js';
import type { TarEnd } from '../../../src/io/tar/reader.js';

/** A member as it was delivered, copied, with its names as latin-1 text so that every byte shows. */
export interface Listed {
  readonly name: string;
  readonly kind: TarMemberKind;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly stored: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly link: string;
  readonly device: string;
  readonly xattrs: Readonly<Record<string, string>>;
  readonly sparse: readonly number[] | undefined;
  readonly headerOffset: number;
  readonly dataOffset: number;
  /** The stored bytes. */
  readonly data: Buffer;
  /** Whether `memberEnd` came. */
  readonly ended: boolean;
}

export interface Reading {
  readonly members: readonly Listed[];
  readonly error: StrataError | undefined;
  readonly end: TarEnd | undefined;
  readonly codes: ReadonlySet<AnomalyCode>;
  readonly anomalies: readonly string[];
}

export interface ReadingOptions {
  /** Where to cut the input; whole when absent. */
  readonly cuts?: (length: number) => Iterable<number>;
  readonly limits?: Partial<Limits>;
  readonly dialect?: TarDialect;
  /** Keep the content (else only its length is checked). */
  readonly keep?: boolean;
  /** Skip what may be skipped. */
  readonly skip?: boolean;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Reads a whole tar; foreign errors are thrown on, StrataErrors returned. */
export function readTar(tar: Uint8Array, options: ReadingOptions = {}): Reading {
  const anomalies = createAnomalyLog();
  const members: Listed[] = [];
  let parts: Buffer[] = [];
  let received = 0;
  let open: Listed | undefined;
  const reader = createTarReader(
    {
      member(member) {
        if (open !== undefined) throw new Error('a member begins inside another');
        open = copy(member);
        parts = [];
        received = 0;
        members.push(open);
      },
      data(chunk) {
        if (open === undefined) throw new Error('data outside a member');
        if (chunk.length === 0) throw new Error('empty data');
        received += chunk.length;
        if (options.keep !== false) parts.push(Buffer.from(chunk));
      },
      memberEnd() {
        if (open === undefined) throw new Error('an end without a member');
        if (options.skip !== true && received !== open.stored)
          throw new Error(`${received} bytes delivered, ${open.stored} announced`);
        members[members.length - 1] = { ...open, data: Buffer.concat(parts), ended: true };
        open = undefined;
      },
    },
    {
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      anomalies,
      ...(options.dialect && { dialect: options.dialect }),
    },
  );
  let end: TarEnd | undefined;
  let error: StrataError | undefined;
  try {
    let at = 0;
    const to = (next: number): void => {
      if (options.skip === true) {
        const skipped = Math.min(reader.skippable(), next - at);
        reader.skip(skipped);
        at += skipped;
      }
      if (next > at) reader.push(tar.subarray(at, next));
      at = Math.max(at, next);
    };
    for (const cut of options.cuts?.(tar.length) ?? []) to(Math.min(cut, tar.length));
    to(tar.length);
    end = reader.end();
  } catch (thrown) {
    if (!(thrown instanceof StrataError) || thrown.code === 'E_INTERNAL') throw thrown;
    error = thrown;
  }
  return {
    members,
    error,
    end,
    codes: new Set(anomalies.counts.keys()),
    anomalies: anomalies.list.map(({ code, where, detail }) => `${code} ${where} ${detail ?? ''}`.trim()),
  };
}

function copy(member: TarMember): Listed {
  return {
    name: latin1(member.name),
    kind: member.kind,
    type: String.fromCharCode(member.typeflag),
    mode: member.mode,
    uid: member.uid,
    gid: member.gid,
    size: member.size,
    stored: member.storedSize,
    seconds: member.mtimeSeconds,
    nanoseconds: member.mtimeNanoseconds,
    link: latin1(member.linkName),
    device: `${member.deviceMajor}:${member.deviceMinor}`,
    xattrs: Object.fromEntries([...(member.xattrs ?? [])].map(([name, value]) => [name, latin1(value)])),
    sparse: member.sparse,
    headerOffset: member.headerOffset,
    dataOffset: member.dataOffset,
    data: Buffer.alloc(0),
    ended: false,
  };
}

/** SHA-256 of a file's logical content, holes as zeros. */
export function logicalSha256(member: Listed): string {
  const hash = createHash('sha256');
  if (member.sparse === undefined) return hash.update(member.data).digest('hex');
  let position = 0;
  let taken = 0;
  for (let i = 0; i < member.sparse.length; i += 2) {
    const start = member.sparse[i];
    const length = member.sparse[i + 1];
    hash.update(Buffer.alloc(start - position));
    hash.update(member.data.subarray(taken, taken + length));
    taken += length;
    position = start + length;
  }
  return hash.update(Buffer.alloc(member.size - position)).digest('hex');
}

export interface BlockFields {
  readonly name?: string | Buffer;
  readonly type?: string;
  readonly size?: number | Buffer;
  readonly mode?: Buffer | string;
  readonly uid?: Buffer | string;
  readonly gid?: Buffer | string;
  readonly mtime?: Buffer | string;
  readonly link?: string | Buffer;
  readonly magic?: string;
  readonly prefix?: string | Buffer;
  readonly device?: readonly [string, string];
  /** More bytes: [offset, text]. */
  readonly extra?: readonly (readonly [number, string | Buffer])[];
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
}

export const USTAR = 'ustar\0' + '00';
export const GNU = 'ustar  \0';

/** A header block made field by field, by other code than the writer's. */
export function block(fields: BlockFields): Buffer {
  const out = Buffer.alloc(512);
  const put = (at: number, value: string | Buffer): void =>
    void (typeof value === 'string' ? Buffer.from(value, 'latin1') : value).copy(out, at);
  put(0, fields.name ?? 'f');
  put(100, fields.mode ?? '0000644\0');
  put(108, fields.uid ?? '0000000\0');
  put(116, fields.gid ?? '0000000\0');
  put(124, typeof fields.size === 'object' ? fields.size : octal(fields.size ?? 0, 12));
  put(136, fields.mtime ?? octal(1_500_000_000, 12));
  put(156, fields.type ?? '0');
  put(157, fields.link ?? '');
  put(257, fields.magic ?? USTAR);
  put(329, fields.device?.[0] ?? '');
  put(337, fields.device?.[1] ?? '');
  put(345, fields.prefix ?? '');
  for (const [at, value] of fields.extra ?? []) put(at, value);
  out.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of out) sum += fields.checksum === 'signed' && byte > 127 ? byte - 256 : byte;
  if (fields.checksum === 'wrong') sum++;
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return out;
}

export function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

/** Content with its padding. */
export function padded(content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A member with content. */
export function file(fields: BlockFields = {}, content: string | Buffer = ''): Buffer {
  return Buffer.concat([block({ size: content.length, ...fields }), padded(content)]);
}

/** A PAX header of these records, values as latin-1. */
export function pax(records: readonly (readonly [string, string])[], type = 'x'): Buffer {
  return file({ name: 'PaxHeaders/x', type }, records.map(([key, value]) => record(key, value)).join(''));
}

export function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

export const END = Buffer.alloc(1024);

/** An archive of these parts with its end marker. */
export function archive(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts, END]);
}
