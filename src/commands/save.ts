import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { existsSync } from 'node:fs';
import type { Destination } from '../images/write/destination.js';
import type { NamedImage } from '../images/write/outgoing-image.js';
import { canonicalName, familiarName, isDistributionName, isTagAlone } from '../model/distribution-name.js';
import { fail } from '../model/error.js';
import type { Image } from '../model/image.js';
import { parseReference } from '../model/reference.js';
import { nameJson } from '../report/json.js';
import { StrataCommand } from './base.js';
import { stopIfAborted } from './program/failure.js';
import { openImage, type OpenedImage, sourceAnomalies } from './image/open.js';
import { ownNames } from './image/own-names.js';
import { refuseSameNames } from './image/same-names.js';
import { checkStdout, prepareImage, writeImages, writtenJson, writtenLines } from './image/write-images.js';

const FORMATS = ['docker-archive', 'oci-archive', 'oci', 'dir'] as const;
const STDOUT = '-';

export default class Save extends StrataCommand {
  static override readonly summary = 'Write images with their names into one archive or directory.';
  static override readonly description = `Like docker save, and what it writes is read by docker load (classic and containerd), podman, skopeo and strata; umoci
reads the layouts of --format oci. podman load takes an oci-archive of one image only, skopeo of several the one that is
named. What several images or names share is in it once. Layers are verified as they are written; the same images give
the same bytes. Bytes stay as they are wherever the form can hold them.`;
  static override readonly examples = [
    {
      description: 'An image of the store, for docker load',
      command:
        '<%= config.bin %> copy demo.tar store:demo:1 && <%= config.bin %> <%= command.id %> demo:1 -o demo-1.tar',
    },
    {
      description: 'Two names in one archive, piped',
      command:
        '<%= config.bin %> copy demo.tar store:demo:1 && <%= config.bin %> tag demo:1 demo:2 && <%= config.bin %> <%= command.id %> demo:1 demo:2 | gzip > both.tar.gz',
    },
    {
      description: 'As an image layout',
      command:
        '<%= config.bin %> copy demo.tar store:demo:1 && <%= config.bin %> <%= command.id %> --format oci -o layout demo:1',
    },
  ];
  static override readonly args = {
    images: argument({
      name: 'IMAGE',
      description: 'Images: names of the store, or files and directories. One or more.',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    output: string({
      char: 'o',
      helpValue: 'FILE',
      default: STDOUT,
      summary: 'File or directory to write. Default: -, standard output.',
    }),
    format: option({ options: FORMATS })({
      default: 'docker-archive',
      summary: 'Form of the output.',
    }),
    force: boolean({ char: 'f', summary: 'Replace FILE when it exists.' }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Save);
    const asked = typeof args.images === 'string' ? [args.images] : (args.images as readonly string[]);
    const destination = destinationOf(flags.format, flags.output);
    checkStdout(destination, context);
    const opened: OpenedImage[] = [];
    try {
      const found: NamedImage[] = [];
      for (const name of asked) {
        stopIfAborted(context.signal);
        const { image, ...rest } = await openImage(context, name);
        opened.push({ image, ...rest });
        this.refuseWhenStrict(sourceAnomalies(image));
        const outgoing = await prepareImage(context, image, destination, { toOci: false });
        found.push({ image: outgoing, names: namesOf(name, image, flags.format) });
      }
      const images = joined(found);
      refuseSameNames(images, (name) => name, {
        doing: `saving into one ${flags.format}`,
        hint: 'copy each into the store under a name of its own first: strata copy IMAGE store:NAME',
      });
      await writeImages(context, images, destination, { force: flags.force });
      if (!context.json && flags.output !== STDOUT)
        await context.output.lines(writtenLines(images, flags.output));
      return { ...nameJson(flags.output, 'output'), format: flags.format, images: images.map(writtenJson) };
    } finally {
      for (const { close } of opened) await close();
    }
  }
}

function destinationOf(format: (typeof FORMATS)[number], target: string): Destination {
  if (target === '') fail('E_USAGE', 'reading the command line: --output names nothing');
  if (target === STDOUT && (format === 'oci' || format === 'dir'))
    fail('E_USAGE', `reading the command line: --format ${format} is a directory, standard output is none`, {
      hint: 'name one: --output DIR',
    });
  return format === 'dir' ? { transport: format, target } : { transport: format, target, tag: undefined };
}

/**
 * A name of the store is kept as it was typed, with its tag; of a file the names that it gives the image. A layout may call
 * it by a tag alone, which another layout can, too; where there must be a repository it is taken for one.
 */
function namesOf(
  asked: string,
  { tags, transport }: Image,
  format: (typeof FORMATS)[number],
): readonly string[] {
  const reference = parseReference(asked, existsSync);
  if (reference.snapshot !== undefined)
    fail('E_USAGE', `saving ${asked}: a snapshot is not an image of its own`, { hint: 'leave @N out' });
  const own = ownNames(tags);
  if (transport !== 'store' && format !== 'docker-archive')
    return [...new Set(own.map((name) => (isTagAlone(name) ? name : familiarName(name))))];
  const names = own.filter(isDistributionName).map(familiarName);
  if (transport !== 'store') return [...new Set(names)];
  const wanted = canonicalName(reference.target);
  // Asked for by its ID it has no name, as for docker save.
  return [...new Set(names.filter((name) => canonicalName(name) === wanted))];
}

/** The same image under several names is one. */
function joined(found: readonly NamedImage[]): readonly NamedImage[] {
  const byDigest = new Map<string, NamedImage>();
  for (const { image, names } of found) {
    const before = byDigest.get(image.manifest.digest);
    const all = new Set([...(before?.names ?? []), ...names]);
    byDigest.set(image.manifest.digest, { image: before?.image ?? image, names: [...all] });
  }
  return [...byDigest.values()];
}
