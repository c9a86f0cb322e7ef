import type { Image } from '../../model/image.js';

/** One field of the image configuration that differs; texts are the image's own. */
export interface ConfigChange {
  /** As `strata inspect` calls it: `User`, `Cmd`, `Env PATH`, `Label version`. */
  readonly field: string;
  /** Undefined where the field is absent or empty. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Whether every rebuild changes it: the times. */
  readonly expected: boolean;
}

/** Returns the fields of the configuration in which two images differ, in the order of `strata inspect`. */
export function configChanges(a: Image, b: Image): ConfigChange[] {
  const before = fieldsOf(a);
  const after = fieldsOf(b);
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((field) => {
    const old = before.get(field);
    const now = after.get(field);
    return old === now ? [] : [{ field, before: old, after: now, expected: field === 'Created' }];
  });
}

function fieldsOf({ config, platform }: Image): Map<string, string> {
  const { execution } = config;
  const fields = new Map<string, string>();
  const put = (field: string, text: string | undefined): void => {
    if (text !== undefined && text !== '') fields.set(field, text);
  };
  const list = (field: string, words: readonly string[]): void =>
    put(field, words.length === 0 ? undefined : JSON.stringify(words));
  put(
    'Platform',
    platform === undefined
      ? undefined
      : [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/'),
  );
  put('Created', config.created);
  put('Author', config.author);
  put('User', execution.user);
  list('Entrypoint', execution.entrypoint);
  list('Cmd', execution.cmd);
  put('Directory', execution.workingDir);
  list('Shell', execution.shell);
  put('Stop signal', execution.stopSignal);
  list('Ports', [...execution.exposedPorts].sort());
  list('Volumes', [...execution.volumes].sort());
  list('On build', execution.onBuild);
  put(
    'Health check',
    execution.healthcheck === undefined ? undefined : JSON.stringify(execution.healthcheck),
  );
  for (const [name, value] of environment(execution.env)) fields.set(`Env ${name}`, value);
  for (const [name, value] of execution.labels) fields.set(`Label ${name}`, value);
  return fields;
}

/** The last of several values of a name counts, as for the process that gets them. */
function environment(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
