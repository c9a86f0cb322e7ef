import { fail } from '../model/error.js';
import type { Reference } from '../model/reference.js';
import type { OpenContext } from './context.js';
import { holdDir, isDir, openDir } from './dir.js';
import { directoryFiles } from './directory-files.js';
import { holdLayout } from './hold-layout.js';
import { listLayout, openLayout, readLayout } from './oci.js';
import { rootfsDirectory } from './rootfs.js';
import { nothingToClose, type OpenOptions, single, type Source } from './source.js';

/** Returns what a directory holds as a source: an image layout, skopeo's `dir:`, or a plain tree for `rootfs:`. */
export async function directorySource(
  reference: Reference,
  options: OpenOptions,
  context: OpenContext,
): Promise<Source> {
  const { target, selector, transport, text } = reference;
  const files = directoryFiles(target, target);
  const kind = transport === 'path' ? await sniffDirectory(target, context) : transport;
  if (transport === 'path') options.log?.(`reading ${kind}:${target}`);
  const label = `${kind}:${target}`;
  switch (kind) {
    case 'oci': {
      const layout = await readLayout(files, context);
      return {
        open: () => openLayout(layout, 'oci', label, selector, context),
        list: () => listLayout(layout, label, context),
        all: () => holdLayout(layout, 'oci', label, selector, context),
        close: nothingToClose,
      };
    }
    case 'dir':
      if (selector !== undefined) failSelector(reference);
      return {
        ...single(label, () => openDir(files, label, context)),
        all: () => holdDir(files, label, context),
      };
    case 'rootfs':
      return single(label, () => rootfsDirectory(target, label, context));
    default:
      return fail('E_NOT_AN_IMAGE', `opening '${text}': '${target}' is a directory, not an archive`, {
        hint: `for an image layout write oci:${target}`,
      });
  }
}

/** Returns what a directory holds by the files at its top. Throws E_NOT_AN_IMAGE. */
async function sniffDirectory(target: string, context: OpenContext): Promise<'oci' | 'dir'> {
  const files = directoryFiles(target, target);
  if ((await files.find('oci-layout')) !== undefined || (await files.find('index.json')) !== undefined)
    return 'oci';
  if (await isDir(files, context)) return 'dir';
  const unpacked = (await files.find('manifest.json')) !== undefined;
  return fail(
    'E_NOT_AN_IMAGE',
    unpacked
      ? `opening '${target}': it is an unpacked docker-archive`
      : `opening '${target}': it is a directory without oci-layout, index.json or manifest.json`,
    {
      hint: unpacked
        ? `pack it again: tar -C '${target}' -cf - . | strata -`
        : `to read it as a file tree write rootfs:${target}`,
    },
  );
}

function failSelector(reference: Reference): never {
  return fail(
    'E_REFERENCE',
    `opening '${reference.text}': a dir: holds one image, there is nothing to choose`,
  );
}
