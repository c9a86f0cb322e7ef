import { fail } from '../../model/error.js';
import { parseBoolean } from './boolean.js';

/** What `--security-opt` says, all of them together. */
export interface SecurityOptions {
  readonly seccomp: SeccompChoice;
  readonly noNewPrivileges: boolean;
  /** False leaves nothing of /proc and /sys masked or read-only. */
  readonly protectSystemPaths: boolean;
}

export type SeccompChoice =
  { readonly kind: 'default' | 'unconfined' } | { readonly kind: 'file'; readonly path: string };

export const DEFAULT_SECURITY: SecurityOptions = {
  seccomp: { kind: 'default' },
  noNewPrivileges: true,
  protectSystemPaths: true,
};

/**
 * Returns what the values of `--security-opt` (docker-run(1)) say; a later one wins. No new privileges are given unless
 * `no-new-privileges=false` says so. Throws E_USAGE for what strata cannot do, rather than leave it out.
 */
export function parseSecurityOptions(texts: readonly string[]): SecurityOptions {
  return texts.reduce(withOption, DEFAULT_SECURITY);
}

function withOption(options: SecurityOptions, text: string): SecurityOptions {
  const { key, value } = split(text);
  switch (key) {
    case 'no-new-privileges':
      return {
        ...options,
        noNewPrivileges: value === undefined || parseBoolean(value, `--security-opt ${key}`),
      };
    case 'seccomp':
      if (value === undefined || value === '')
        return refuse(text, 'seccomp needs a value', 'write seccomp=unconfined or seccomp=FILE');
      if (value === 'unconfined') return { ...options, seccomp: { kind: 'unconfined' } };
      // Docker's name for its built-in profile, podman's for its own.
      if (value === 'builtin' || value === 'default') return { ...options, seccomp: { kind: 'default' } };
      return { ...options, seccomp: { kind: 'file', path: value } };
    case 'systempaths':
    case 'unmask':
      if (value !== (key === 'unmask' ? 'ALL' : 'unconfined'))
        return refuse(text, 'single paths cannot be unmasked', 'write systempaths=unconfined to unmask all');
      return { ...options, protectSystemPaths: false };
    case 'apparmor':
      if (value === 'unconfined') return options;
      return refuse(
        text,
        'strata sets no AppArmor profile',
        'capabilities, seccomp and namespaces still confine',
      );
    case 'label':
      if (value === 'disable') return options;
      return refuse(
        text,
        'strata sets no SELinux label',
        'capabilities, seccomp and namespaces still confine',
      );
    default:
      return refuse(
        text,
        'no such option',
        'known are seccomp=unconfined|FILE, no-new-privileges[=true|false] and systempaths=unconfined',
      );
  }
}

function split(text: string): { readonly key: string; readonly value: string | undefined } {
  const at = text.search(/[=:]/);
  return at < 0 ? { key: text, value: undefined } : { key: text.slice(0, at), value: text.slice(at + 1) };
}

function refuse(text: string, why: string, hint: string): never {
  return fail('E_USAGE', `reading --security-opt ${text}: ${why}`, { hint });
}
