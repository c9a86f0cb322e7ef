import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { existsSync } from 'node:fs';
import { type Destination, parseDestination } from '../images/write/destination.js';
import { fail } from '../model/error.js';
import { parseReference } from '../model/reference.js';
import { imageJson } from '../report/image.js';
import { nameJson } from '../report/json.js';
import { imageArgument } from './flags/args.js';
import { StrataCommand } from './base.js';
import { newReference } from './image/commit-name.js';
import type { Context } from './program/context.js';
import { openImage, sourceAnomalies } from './image/open.js';
import { checkStdout, prepareImage, writeImages, writtenJson, writtenLines } from './image/write-images.js';

export default class Copy extends StrataCommand {
  static override readonly summary =
    'Copy an image into an archive, a layout, a directory or the local store.';
  static override readonly description = `DEST is docker-archive:FILE[:TAG], oci-archive:FILE[:TAG], oci:DIR[:TAG] (beside the images that are in it), dir:DIR or
store:NAME; FILE may be -, standard output. Manifest, configuration and layers stay as they are, byte for byte, wherever
the form can hold them, so that no digest changes; what cannot stay is said. With --all TAG and NAME may be left out
(store: alone), and each image keeps its own. Every layer is verified as it is written, and
everything is there whole afterwards, or nothing is.`;
  static override readonly examples = [
    {
      description: 'Into the local store, under a name',
      command: '<%= config.bin %> <%= command.id %> demo.tar store:demo:1',
    },
    {
      description: 'For docker load, podman load and skopeo',
      command: '<%= config.bin %> <%= command.id %> demo.tar docker-archive:out.tar:demo:1',
    },
    {
      description: 'All that is in it under the names it has there, an index with all its platforms',
      command: '<%= config.bin %> <%= command.id %> --all multi-oci oci-archive:multi.tar',
    },
    {
      description: 'One of several platforms into a layout that umoci can unpack',
      command: '<%= config.bin %> <%= command.id %> --platform linux/amd64 multi-oci oci:layout:v1',
    },
  ];
  static override readonly args = {
    image: imageArgument(),
    destination: string({
      name: 'DEST',
      description: 'Where to: TRANSPORT:WHERE[:TAG].',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override readonly flags = {
    all: boolean({
      char: 'a',
      default: false,
      summary: 'Copy every image that IMAGE names: an index with all its platforms, all names of an archive.',
      exclusive: ['oci'],
    }),
    force: boolean({ char: 'f', summary: 'Replace an archive that exists.' }),
    oci: boolean({
      summary: "Make an OCI manifest of one of Docker's, for umoci; its digest is another then.",
    }),
  };

  async run(): Promise<unknown> {
    const { args, flags, context } = await this.begin(Copy);
    const destination = parseDestination(args.destination, { named: !flags.all });
    if (destination.transport === 'store' && destination.name !== '') newReference(destination.name);
    if (parseReference(args.image, existsSync).snapshot !== undefined)
      fail('E_USAGE', `copying ${args.image}: a snapshot is not an image of its own`, {
        hint: 'leave @N out; run it and commit makes an image of it',
      });
    checkStdout(destination, context);
    if (flags.all) return this.#all(context, args, destination, flags);
    const opened = await openImage(context, args.image);
    try {
      const { image } = opened;
      this.refuseWhenStrict(sourceAnomalies(image));
      const outgoing = await prepareImage(context, image, destination, { toOci: flags.oci });
      const images = [{ image: outgoing, names: namesIn(destination) }];
      await writeImages(context, images, destination, { force: flags.force });
      if (outgoing.kept) context.log.info('every digest is that of the source');
      const isStdout = 'target' in destination && destination.target === '-';
      if (!context.json && !isStdout)
        await context.output.lines(writtenLines([{ image: outgoing, names: [] }], args.destination));
      return {
        source: imageJson(image),
        ...nameJson(args.destination, 'destination'),
        images: images.map(writtenJson),
      };
    } finally {
      await opened.close();
    }
  }

  async #all(
    context: Context,
    args: { readonly image: string; readonly destination: string },
    destination: Destination,
    { force }: { readonly force: boolean },
  ): Promise<unknown> {
    if (context.platformAsked)
      fail('E_USAGE', 'reading the command line: --all and --platform say different things', {
        hint: 'leave one of them out',
      });
    const { copyAll } = await import('./image/copy-all.js');
    const images = await copyAll(context, args.image, destination, {
      force,
      onImage: (image) => {
        this.refuseWhenStrict(sourceAnomalies(image));
      },
    });
    const isStdout = 'target' in destination && destination.target === '-';
    if (!context.json && !isStdout) await context.output.lines(writtenLines(images, args.destination));
    return {
      source: null,
      ...nameJson(args.destination, 'destination'),
      images: images.map(writtenJson),
    };
  }
}

function namesIn(destination: Destination): readonly string[] {
  if (destination.transport === 'store') return [destination.name];
  return 'tag' in destination && destination.tag !== undefined ? [destination.tag] : [];
}
