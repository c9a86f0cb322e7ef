import type { Image } from '../../model/image.js';
import { textWidth } from '../../report/width.js';
import { safeText } from './safe-text.js';

/**
 * Returns what an image is called in at most so many columns: its first tag, behind the folder or file it is in where that
 * is a tag alone, as OCI layouts have it; without tags where it is. Of what is too long the end is seen.
 */
export function imageName({ name, tags }: Pick<Image, 'name' | 'tags'>, columns: number): string {
  const [tag] = tags as readonly (string | undefined)[];
  const whole = safeText(tag === undefined ? name : /[:/]/.test(tag) ? tag : placed(name, tag));
  if (textWidth(whole) <= columns) return whole;
  const characters = Array.from(whole);
  let width = 1;
  let from = characters.length;
  while (from > 0 && width + textWidth(characters[from - 1]) <= columns)
    width += textWidth(characters[--from]);
  return `…${characters.slice(from).join('')}`;
}

/** `name` is a transport, a path and perhaps a selector. */
function placed(name: string, tag: string): string {
  const path = name.replace(/^[a-z-]+:/, '');
  const [folder] = path.slice(path.lastIndexOf('/') + 1).split(':');
  return /^\.{0,2}$/.test(folder) ? tag : `${folder}:${tag}`;
}
