import path from 'node:path';
import { image, layer } from '../../fixtures/image.js';
import { file } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';

/** Clears the screen, sets a window title, writes backwards and begins a line that looks like an error of ours. */
export const HOSTILE = '\x1b[2J\x1b]0;owned\x07\u202e\x9b31m\nE_INTERNAL: not so';

/** Writes an OCI layout that says {@link HOSTILE} wherever a text of its documents is shown; returns it. */
export async function hostileImage(folder: string): Promise<string> {
  const at = path.join(folder, 'hostile-documents');
  const steps = [
    { createdBy: `RUN /bin/sh -c echo ${HOSTILE} # buildkit`, comment: `buildkit.dockerfile.v0 ${HOSTILE}` },
    { createdBy: `/bin/sh -c #(nop)  ENV WHO=${HOSTILE}` },
    { createdBy: HOSTILE },
  ];
  const made = image({
    steps: [{ ...steps[0], layer: await layer([file('a', 'a')]) }, ...steps.slice(1)],
    author: HOSTILE,
    execution: {
      User: HOSTILE,
      Env: [`WHO=${HOSTILE}`],
      Cmd: [HOSTILE],
      Entrypoint: [HOSTILE],
      WorkingDir: HOSTILE,
      Labels: { [HOSTILE]: HOSTILE },
      StopSignal: HOSTILE,
      Shell: [HOSTILE],
      OnBuild: [HOSTILE],
      Volumes: { [HOSTILE]: {} },
      ExposedPorts: { [HOSTILE]: {} },
      Healthcheck: { Test: ['CMD', HOSTILE] },
    },
    annotations: { [HOSTILE]: HOSTILE },
  });
  writeFolder(at, simpleLayout(made, 'hostile'));
  return at;
}
