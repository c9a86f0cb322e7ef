import { fail } from './error.js';

declare const digestBrand: unique symbol;

/** A content digest, `sha256:` + 64 or `sha512:` + 128 lowercase hex digits (OCI image-spec 1.1, descriptor.md "Digests"). */
export type Digest = string & { readonly [digestBrand]: true };

const FORMS = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** True when `text` is a digest strata can verify. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && FORMS.test(text);
}

/** Returns the digest, the only way to make one. Throws E_DIGEST_INVALID. */
export function parseDigest(text: unknown, what = 'digest'): Digest {
  if (isDigest(text)) return text;
  const shown = typeof text === 'string' ? ` '${text.slice(0, 100)}'` : '';
  const found =
    text === undefined ? 'absent, ' : shown === '' ? `${text === null ? 'null' : `a ${typeof text}`}, ` : '';
  return fail('E_DIGEST_INVALID', `reading ${what}${shown}: ${found}not sha256:<64 hex> or sha512:<128 hex>`);
}

export function digestAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

/** The hexadecimal part. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The first 12 hex digits, for people. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

/** Returns the digest of 32 raw SHA-256 bytes. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  return parseDigest(
    `sha256:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`,
  );
}
