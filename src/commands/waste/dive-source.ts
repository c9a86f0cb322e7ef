import { fail } from '../../model/error.js';

/** Where dive would take an image from, and what strata opens for it. */
export interface DiveSource {
  /** As dive prints it: `docker-archive://app.tar`. */
  readonly shown: string;
  /** A name of strata. */
  readonly name: string;
}

const ARCHIVES: ReadonlySet<string> = new Set(['docker-archive', 'docker-tar']);
const ENGINES: ReadonlySet<string> = new Set(['docker', 'podman']);
const OWN_NAME = /^(?:docker-archive|oci|oci-archive|dir|rootfs|store):(?!\/\/)/;

/**
 * Returns what an IMAGE of dive's command line means (v0.13.1, dive/get_image_resolver.go): `docker-archive://FILE`, or a plain
 * name with `--source`. Without either also a file or a name of strata's own. Throws E_USAGE for images of a daemon.
 */
export function diveSource(
  image: string,
  source: string | undefined,
  exists: (path: string) => boolean,
): DiveSource {
  const scheme = /^([^:]*):\/\/(.*)$/s.exec(image);
  if (scheme !== null && (ARCHIVES.has(scheme[1]) || ENGINES.has(scheme[1])))
    return fromSource(scheme[1], scheme[2]);
  if (source === undefined && (OWN_NAME.test(image) || exists(image))) return { shown: image, name: image };
  return fromSource(source ?? 'docker', image);
}

function fromSource(source: string, image: string): DiveSource {
  // Of an archive with several images dive takes the first.
  if (ARCHIVES.has(source)) return { shown: `docker-archive://${image}`, name: `docker-archive:${image}:@0` };
  if (!ENGINES.has(source))
    return fail('E_USAGE', `unable to determine image source: ${source}`, {
      hint: 'sources are docker-archive, docker and podman',
    });
  return fail('E_USAGE', `fetching ${image}: strata does not ask the ${source} daemon for images`, {
    hint: `'${source} save ${image} -o image.tar', then 'strata dive docker-archive://image.tar'`,
  });
}
