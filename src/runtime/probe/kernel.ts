import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../engine/find-engine.js';
import type { KernelAnswers } from './kernel-answers.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** Milliseconds after which a mount that hangs is given up. */
const PATIENCE = 10_000;

/** The four questions, the same reason for all. */
export function noAnswer(why: string): KernelAnswers {
  return { overlay: why, erofs: why, idmap: why, devpts: why };
}

/**
 * Asks the kernel by trying, in a process of its own that leaves nothing; `folder` is on the store's file system.
 * `namespace` is the descriptor of the user namespace to try it in, which is closed afterwards.
 */
export async function askKernel(folder: string, namespace: number | undefined): Promise<KernelAnswers> {
  const own = [CHILD, folder, namespace === undefined ? 'root' : 'rootless'];
  const [program, words] =
    namespace === undefined
      ? [process.execPath, own]
      : [
          findProgram('nsenter') ?? 'nsenter',
          ['--user=/proc/self/fd/3', '--preserve-credentials', '--', process.execPath, ...own],
        ];
  try {
    const { stdout, stderr } = await output(program, words, namespace);
    return parsed(stdout) ?? noAnswer(lastLine(stderr));
  } finally {
    if (namespace !== undefined) closeSync(namespace);
  }
}

function parsed(text: string): KernelAnswers | undefined {
  try {
    return JSON.parse(text) as KernelAnswers;
  } catch {
    return undefined;
  }
}

/** Node says the kind and words of an error in a line of its own. */
function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^\w*Error\b/.test(line)) ??
    lines.find((line) => line !== '') ??
    'it could not be tried'
  );
}

function output(
  program: string,
  words: readonly string[],
  passed: number | undefined,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe', ...(passed === undefined ? [] : [passed])],
      timeout: PATIENCE,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      resolve({ stdout, stderr: error.message });
    });
    child.on('close', () => {
      resolve({ stdout, stderr });
    });
  });
}
