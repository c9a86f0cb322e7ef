import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { reconstructDockerfile, renderDockerfile } from '../../../src/layers/history/dockerfile.js';
import { historyOf } from '../../../src/layers/history/history.js';
import { corpora } from '../../helpers/corpora.js';
import { argumentsOf, pairs, parseDockerfile } from '../dockerfile-parser.js';
import { imageOf, type Line } from '../sample-image.js';

interface Config {
  readonly history?: readonly {
    created_by?: string;
    comment?: string;
    author?: string;
    empty_layer?: boolean;
  }[];
  readonly config?: Readonly<Record<string, unknown>> | null;
  readonly os?: string;
}

/** Every image configuration with a history that lies as a file of its own in real images. */
function configurations(): [string, Config][] {
  const folders = [
    'realworld',
    'regclient',
    'sylabs-oci-tools',
    'containers-image',
    'go-containerregistry',
    'image-spec',
  ];
  const found = new Map<string, [string, Config]>();
  for (const folder of folders)
    for (const name of readdirSync(path.join(corpora(), folder), { recursive: true, encoding: 'utf8' })) {
      const file = path.join(corpora(), folder, name);
      const stat = statSync(file);
      if (!stat.isFile() || stat.size > 1e6) continue;
      const raw = readFileSync(file);
      try {
        const text = (
          raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw, { maxOutputLength: 1e6 }) : raw
        ).toString();
        const value = JSON.parse(text) as Config | null;
        if (
          Array.isArray(value?.history) &&
          typeof value.history[0] === 'object' &&
          !text.includes('v1Compatibility')
        )
          found.set(JSON.stringify(value.history), [path.join(folder, name), value]);
      } catch {
        // Not JSON: a layer, or damaged on purpose.
      }
    }
  return [...found.values()];
}

function sample(config: Config): ReturnType<typeof imageOf> {
  const lines = (config.history ?? []).map((step): Line => ({
    by: step.created_by ?? '',
    comment: step.comment ?? '',
    author: step.author ?? '',
    empty: step.empty_layer ?? false,
  }));
  const list = (name: string): string[] => (config.config?.[name] ?? []) as string[];
  const labels = Object.entries((config.config?.Labels ?? {}) as Record<string, string>);
  return imageOf(lines, {
    execution: {
      env: list('Env'),
      cmd: list('Cmd'),
      entrypoint: list('Entrypoint'),
      labels: new Map(labels),
    },
  });
}

describe('the histories of real images', () => {
  const all = configurations();

  it('are there', () => expect(all.length).toBeGreaterThan(15));

  it('are understood line by line, but for those that no builder of Dockerfiles wrote', () => {
    const unknown = all
      .flatMap(([, config]) => historyOf(sample(config)))
      .filter((step) => step.instruction.keyword === 'UNKNOWN' && step.instruction.builder === 'unknown')
      .map((step) => step.instruction.text);
    expect([...new Set(unknown)].sort()).toEqual(['', '/bin/sh echo something > last']);
  });

  it.each(all)(
    'give a valid Dockerfile with every layer in it, which leads to the configuration: %s',
    (_, config) => {
      const image = sample(config);
      const dockerfile = reconstructDockerfile(image);
      const parsed = parseDockerfile(renderDockerfile(dockerfile)).instructions;
      const inherited = parsed[0].rest === 'scratch' ? 0 : 1;
      expect(['scratch', 'busybox']).toContain(parsed[0].rest);
      const made = dockerfile.lines.filter((line) => line.layer !== undefined && !line.text.startsWith('#'));
      expect(made.map((line) => line.layer)).toEqual(
        image.layers.map((layer) => layer.position).slice(inherited),
      );
      const env = new Map([['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']]);
      const labels = new Map<string, string>();
      const lists = new Map([['CMD', inherited === 1 ? ['sh'] : []]]);
      for (const instruction of parsed) {
        const { keyword, rest } = instruction;
        if (keyword === 'ENV' || keyword === 'LABEL')
          for (const [name, value] of pairs(rest, '\\'))
            (keyword === 'ENV' ? env : labels).set(name, value ?? '');
        if (keyword === 'CMD' || keyword === 'ENTRYPOINT')
          lists.set(keyword, [...argumentsOf(instruction, ['/bin/sh', '-c'])]);
      }
      const { execution } = image.config;
      const path = execution.env.some((variable) => variable.startsWith('PATH='))
        ? []
        : ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
      expect([...env].map((pair) => pair.join('=')).sort()).toEqual([...execution.env, ...path].sort());
      // Some of regclient's images were edited: what they lost is said.
      const removed = dockerfile.lines.filter((line) => line.note?.startsWith('set by the history') === true);
      expect(removed.map((line) => line.text)).toEqual(
        [...labels.keys()].filter((name) => !execution.labels.has(name)).map((name) => `# LABEL ${name}`),
      );
      expect([...labels]).toEqual(expect.arrayContaining([...execution.labels]));
      expect(lists.get('CMD')).toEqual(execution.cmd);
      expect(lists.get('ENTRYPOINT') ?? []).toEqual(execution.entrypoint);
    },
  );
});
