import { describe, expect, test } from 'vitest';
import { parseInstruction } from '../../../src/layers/history/parse-instruction.js';
import { executionAt, runCommand } from '../../../src/layers/history/replay-step.js';
import { EMPTY_CONFIG } from '../../../src/model/image-config.js';

const { execution: EMPTY } = EMPTY_CONFIG;
const parsed = (...lines: readonly string[]) => lines.map((line) => parseInstruction(line));

describe('the configuration that an instruction found', () => {
  const config = {
    os: 'linux',
    execution: { ...EMPTY, env: ['PATH=/base', 'A=2', 'B=later'], user: 'app', workingDir: '/srv/app' },
  };
  const steps = parsed(
    'ENV A=1 # buildkit',
    'WORKDIR /srv # buildkit',
    'RUN /bin/sh -c one # buildkit',
    'ENV A=2 # buildkit',
    'ENV B=later # buildkit',
    'WORKDIR app # buildkit',
    'SHELL [/bin/bash -c] # buildkit',
    'USER app # buildkit',
  );

  test('has what was set by then, and what came with the base', () => {
    const found = executionAt(steps, 2, config);
    expect(found).toMatchObject({
      env: ['PATH=/base', 'A=1'],
      user: '',
      workingDir: '/srv',
      shell: ['/bin/sh', '-c'],
    });
  });

  test('is that of the image at its end', () => {
    const found = executionAt(steps, steps.length, config);
    expect(found).toMatchObject({ ...config.execution, shell: ['/bin/bash', '-c'] });
  });
});

describe('what a RUN instruction runs', () => {
  const run = (line: string, shell: readonly string[] = ['/bin/sh', '-c']) =>
    runCommand(parseInstruction(line), { shell, env: ['PATH=/bin', 'A=set'] });

  test('is its text for the shell that it had, with the build arguments that it saw', () => {
    expect(run('RUN |2 A=1 B=2 /bin/bash -o pipefail -c make && true # buildkit')).toEqual({
      words: ['/bin/bash', '-o', 'pipefail', '-c', 'make && true'],
      env: ['B=2'],
    });
    expect(run('/bin/sh -c echo "a  b"').words).toEqual(['/bin/sh', '-c', 'echo "a  b"']);
  });

  test('is the script of a here-document', () => {
    expect(run('RUN /bin/sh -c set -e\necho 1\n # buildkit').words.at(-1)).toMatch(/^set -e\necho 1\n? ?$/);
    expect(run('RUN <<EOF\nset -e\necho 1\nEOF').words).toEqual(['/bin/sh', '-c', 'set -e\necho 1\n']);
  });

  test('is the list of its exec form', () => {
    expect(run('RUN ["/bin/echo", "a b"]').words).toEqual(['/bin/echo', 'a b']);
  });
});
