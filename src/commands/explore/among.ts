import { type Image, storedBytes } from '../../model/image.js';
import { formatPlatform } from '../../model/platform.js';
import { parseTime } from '../../report/time.js';
import type { StoredRow } from '../../tui/start/stored-row.js';
import { sourceOptions } from '../image/source-options.js';
import type { Context } from '../program/context.js';

/** Images that are opened to tell their sizes; of more only the names are told. */
const OPENED = 100;

/** Returns the images of a source that holds several, in its order. Throws as `images/open` does. */
export async function imagesAmong(context: Context, name: string): Promise<readonly StoredRow[]> {
  const { listImages, openImage } = await import('../../images/open.js');
  const options = sourceOptions(context);
  const listed = (await listImages(name, options)).filter(({ role, present }) => role === 'image' && present);
  const rows: StoredRow[] = [];
  for (const { name: image, tags, platform } of listed) {
    const opened = rows.length < OPENED ? await openImage(image, options).catch(() => undefined) : undefined;
    rows.push({
      name: tags.length > 0 ? tags.join(', ') : (/@[^@]*$/.exec(image)?.[0] ?? image),
      image,
      ...(opened === undefined ? NOTHING_KNOWN : described(opened.image)),
      platform: platform && formatPlatform(platform),
    });
    await opened?.close();
  }
  return rows;
}

const NOTHING_KNOWN = { layers: undefined, stored: undefined, created: undefined };

function described({ layers, config }: Image): Pick<StoredRow, 'layers' | 'stored' | 'created'> {
  return {
    layers: layers.length,
    stored: storedBytes(layers),
    created: config.created === undefined ? undefined : parseTime(config.created),
  };
}
