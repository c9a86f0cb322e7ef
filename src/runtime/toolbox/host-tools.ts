import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { programsNamed } from '../engine/find-engine.js';
import { elfLoading } from './elf-interpreter.js';

/** Bytes of a program that hold its program headers, wherever linkers put them. */
const HEAD = 65_536;

/** Names that packages give a small first process; each takes `--` and a command line. */
const INITS = ['docker-init', 'tini-static', 'catatonit', 'tini'];

/** Returns the path of a busybox that runs in any file system. Throws E_TOOL_MISSING. */
export function findBusybox(searched?: string): string {
  return (
    findStatic(['busybox', 'busybox-static', 'busybox.static'], searched) ??
    fail('E_TOOL_MISSING', 'looking for tools to bring along: there is no statically linked busybox', {
      hint: 'as root: apt-get install -y busybox-static',
    })
  );
}

/** Returns the path of a program that can be the first process of any container. Throws E_TOOL_MISSING. */
export function findInit(searched?: string): string {
  return (
    findStatic(INITS, searched) ??
    fail(
      'E_TOOL_MISSING',
      `looking for an init: there is no statically linked ${INITS.slice(0, 3).join(', ')}`,
      {
        hint: 'as root: apt-get install -y tini',
      },
    )
  );
}

/** Links are followed: what is mounted is the file. */
function findStatic(names: readonly string[], searched?: string): string | undefined {
  for (const name of names)
    for (const program of programsNamed(name, searched)) if (isStatic(program)) return realpathSync(program);
  return undefined;
}

function isStatic(program: string): boolean {
  const head = Buffer.alloc(HEAD);
  let descriptor: number;
  try {
    descriptor = openSync(program, 'r');
  } catch {
    return false;
  }
  try {
    return elfLoading(head.subarray(0, readSync(descriptor, head)))?.kind === 'static';
  } finally {
    closeSync(descriptor);
  }
}
