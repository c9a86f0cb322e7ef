import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect } from 'vitest';
import Verify from '../../src/commands/verify.js';
import { useFolder, validJson } from '../helpers/look.js';
import { type Ended, runCommand } from '../helpers/run-command.js';
import { hex, LayoutBuilder, sha256, tar } from '../images/build.js';

export const verify = (...argv: string[]): Promise<Ended> => runCommand(Verify, argv);

export interface Verified {
  readonly ok: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly verifiedLayers: number;
  readonly damages: readonly { readonly layer: number | null; readonly error: { readonly code: string } }[];
  readonly anomalies: readonly { readonly code: string; readonly severity: string; readonly count: number }[];
}

/** Runs with --json and gives what it says; a refusal to open has only an error. */
export async function verified(...argv: string[]): Promise<{ status: number; result: Verified }> {
  const ended = await verify(...argv, '--json');
  const text = JSON.parse(ended.stdout) as object;
  return {
    status: ended.status,
    result: ('ok' in text
      ? validJson('verify.json', ended)
      : { damages: [], anomalies: [], ...text }) as Verified,
  };
}

/** The code of what is damaged: of the first damage, else of the error that the command ended with. */
export const codeOf = ({ damages, error }: Verified): string | undefined =>
  damages.at(0)?.error.code ?? error?.code;
export const damage = (layer: number | null, code: string) => ({
  layer,
  error: expect.objectContaining({ code }) as object,
});

/** Of one small file each. */
export const LAYERS = ['one', 'two', 'three'].map((name) => tar([[name, `${name}\n`]]));
/** Where the tests of a file make their layout, a fresh one for each. */
export interface LayoutFolder {
  /** Valid inside tests. */
  readonly folder: () => string;
  /** The empty folder of this test's layout. */
  readonly layout: () => string;
  readonly blobFile: (layer: Buffer) => string;
  /** Writes a good layout of {@link LAYERS}. */
  readonly goodLayout: (options?: Parameters<LayoutBuilder['image']>[1]) => string;
}

export function useLayout(): LayoutFolder {
  const folder = useFolder();
  const layout = (): string => path.join(folder(), 'layout');
  beforeEach(() => {
    rmSync(layout(), { recursive: true, force: true });
    mkdirSync(layout());
  });
  return {
    folder,
    layout,
    blobFile: (layer) => path.join(layout(), 'blobs/sha256', hex(sha256(layer))),
    goodLayout(options = {}) {
      const builder = new LayoutBuilder();
      return builder.add(builder.image(LAYERS, options)).write(layout());
    },
  };
}
