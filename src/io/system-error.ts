import { getSystemErrorMap } from 'node:util';

/** Returns the `errno` name of what a system call threw and its reason in words; '' and the message of anything else. */
export function systemReason(thrown: unknown): { readonly code: string; readonly reason: string } {
  if (!(thrown instanceof Error)) return { code: '', reason: String(thrown) };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  const number = 'errno' in thrown && typeof thrown.errno === 'number' ? thrown.errno : 0;
  return { code, reason: getSystemErrorMap().get(number)?.[1] ?? thrown.message };
}
