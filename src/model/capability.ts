/** Linux capabilities in the order of their numbers (include/uapi/linux/capability.h, Linux 6.18). */
export const CAPABILITIES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;

/** The xattr that holds a file's capabilities. */
export const CAPABILITY_XATTR = 'security.capability';

/** What a file gives to the process that executes it (capabilities(7), "File capability extended attribute versioning"). */
export interface FileCapabilities {
  readonly version: 1 | 2 | 3;
  /** The effective flag: the permitted ones are in force at once. */
  readonly effective: boolean;
  /** Names such as `cap_net_raw`; numbers beyond the known ones as `cap_63`. */
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  /** User namespace root that it counts for (version 3). */
  readonly rootID: number | undefined;
}

/** Returns what the bytes of `security.capability` (struct vfs_cap_data) say, undefined when they are malformed. */
export function parseCapabilities(value: Uint8Array): FileCapabilities | undefined {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.length < 4) return undefined;
  const magic = view.getUint32(0, true);
  const version = magic >>> 24;
  const words = version === 1 ? 1 : 2;
  const length = version === 1 ? 12 : version === 2 ? 20 : version === 3 ? 24 : 0;
  if (length === 0 || value.length !== length) return undefined;
  const names = (field: number): string[] => {
    const found: string[] = [];
    for (let word = 0; word < words; word++) {
      const bits = view.getUint32(4 + word * 8 + field * 4, true);
      for (let bit = 0; bit < 32; bit++) if ((bits >>> bit) & 1) found.push(nameOf(word * 32 + bit));
    }
    return found;
  };
  return {
    version: version as 1 | 2 | 3,
    effective: (magic & 1) === 1,
    permitted: names(0),
    inheritable: names(1),
    rootID: version === 3 ? view.getUint32(20, true) : undefined,
  };
}

/** Returns the text form of cap_from_text(3) that getcap(8) prints, e.g. `cap_net_bind_service,cap_net_raw=ep`. */
export function formatCapabilities({ effective, permitted, inheritable }: FileCapabilities): string {
  const flags = new Map<string, string>();
  for (const name of new Set([...permitted, ...inheritable])) {
    const p = permitted.includes(name);
    const flag = `${effective ? 'e' : ''}${inheritable.includes(name) ? 'i' : ''}${p ? 'p' : ''}`;
    flags.set(flag, flags.has(flag) ? `${flags.get(flag) ?? ''},${name}` : name);
  }
  if (flags.size === 0) return '=';
  return [...flags].map(([flag, names]) => `${names}=${flag}`).join(' ');
}

function nameOf(number: number): string {
  return `cap_${CAPABILITIES[number] ?? String(number)}`;
}
