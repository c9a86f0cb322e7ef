import { listStored } from '../../images/store.js';
import type { StoredImage } from '../../images/stored.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { hostPlatform } from '../../model/platform.js';
import type { Context } from '../program/context.js';

/** Returns the images of this store, each for the platform asked for, else the host's. */
export function storedIn(context: Context): Promise<readonly StoredImage[]> {
  const { storePaths, limits, platform, platformAsked, signal } = context;
  return listStored(storePaths.root, {
    limits,
    platform: platformAsked ? platform : undefined,
    host: hostPlatform(process.arch),
    anomalies: createAnomalyLog(),
    signal,
  });
}
