import { mkdirSync, openSync } from 'node:fs';
import { mountOverlay } from '../rootfs/mount-overlay.js';
import { MOUNT_ATTRIBUTE, mountBind, mountNew } from '../sys/mount.js';
import { enterPrivateMounts } from '../sys/namespace.js';
import { withUserNamespace } from '../rootfs/user-namespace.js';
import { erofsFailure } from './try-erofs.js';
import type { Answer, KernelAnswers } from './kernel-answers.js';

/*
 * A program: prints the KernelAnswers for the folder that is its argument as JSON. What it mounts is in a mount namespace
 * that ends with it, and on a file system in memory that nobody else sees.
 */

/** Everywhere, and nobody needs what is below meanwhile. */
const PLACE = '/tmp';

async function answers(folder: string, rootless: boolean): Promise<KernelAnswers> {
  enterPrivateMounts();
  // It may be below what is hidden now.
  const place = `/proc/self/fd/${String(openSync(folder, 'r'))}`;
  mountNew('tmpfs', PLACE, []);
  for (const name of ['lower', 'upper', 'work', 'merged', 'erofs', 'pts', 'shifted'])
    mkdirSync(`${PLACE}/${name}`);
  return {
    overlay: tried(() => tryOverlay(rootless)),
    erofs: tried(() => erofsFailure(place, `${PLACE}/erofs`)),
    idmap: rootless ? 'only root can' : await tryIdmap(place),
    devpts: tried(mountTerminals),
  };
}

function mountTerminals(): undefined {
  mountNew('devpts', `${PLACE}/pts`, ['newinstance', ['ptmxmode', '0666'], ['mode', '0620']]);
}

function tryOverlay(rootless: boolean): undefined {
  const upper = { directory: `${PLACE}/upper`, work: `${PLACE}/work` };
  const layers = { lowers: [`${PLACE}/lower`], upper, marks: rootless ? 'user' : 'trusted' } as const;
  mountOverlay(layers, `${PLACE}/merged`);
}

async function tryIdmap(folder: string): Promise<Answer> {
  try {
    await withUserNamespace([{ containerID: 0, hostID: 0x7000_0000, size: 65_536 }], (userNamespace) => {
      mountBind(folder, `${PLACE}/shifted`, { userNamespace, attributes: MOUNT_ATTRIBUTE.readonly });
    });
    return true;
  } catch (thrown) {
    return reason(thrown);
  }
}

/** True when it went well; it may also return what went wrong. */
function tried(attempt: () => string | undefined): Answer {
  try {
    return attempt() ?? true;
  } catch (thrown) {
    return reason(thrown);
  }
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

const [folder, rootless] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await answers(folder, rootless === 'rootless')));
