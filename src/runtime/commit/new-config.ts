import { historyOf } from '../../layers/history/history.js';
import type { Digest } from '../../model/digest.js';
import type { Image } from '../../model/image.js';
import { type JsonObject, type JsonValue, toPlainJson } from '../../model/json.js';
import { parseJson } from '../../model/json-parse.js';
import { DEFAULT_LIMITS, type Limits } from '../../model/limits.js';
import { hostPlatform } from '../../model/platform.js';
import { applyInstruction } from './change-instruction.js';
import { editable, type EditableObject } from './config-object.js';

/** The image that a container was started from, as far as its configuration is concerned. */
export interface CommitBase {
  readonly image: Image;
  /** The snapshot that the container was started from. */
  readonly n: number;
  /** How many of the image's layers are kept: all up to the snapshot unless those above are squashed. */
  readonly onto?: number | undefined;
  /** Of the kept layers, base first: an image without a configuration does not say them. */
  readonly diffIDs: readonly Digest[];
}

export interface CommitDetails {
  /** Of the new layer; undefined when no file changed. */
  readonly diffID: Digest | undefined;
  /** Instructions of `--change`, each one line or several. */
  readonly changes?: readonly string[] | undefined;
  /** RFC 3339. */
  readonly created: string;
  /** The command that the container ran, as docker writes it into the history. */
  readonly createdBy: string;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  readonly limits?: Pick<Limits, 'json' | 'jsonDepth'> | undefined;
}

/** Docker's: they tell of the container that the old image was committed from. */
const OF_THE_OLD_CONTAINER = ['container', 'container_config'];
/** Which step of a build made which layer, by the layer's number: wrong once layers are gone. */
const OF_ALL_LAYERS = 'moby.buildkit.cache.v0';

/**
 * Returns the new image configuration (OCI image-spec 1.1 config.md) as JSON, or undefined when that of the image stays
 * the same: neither a layer nor a change, and no layer dropped. Keys that nobody knows are kept. Below the top, the steps behind the
 * one that made layer n go too; what configures the container (`config`) stays that of the whole image. Steps and layers
 * fit afterwards, whatever they did before. Throws E_USAGE for a change that is no instruction, E_JSON.
 */
export function newConfig(base: CommitBase, details: CommitDetails): Uint8Array | undefined {
  const { image, n, diffIDs } = base;
  const onto = base.onto ?? n;
  const root = editable(oldRoot(image, details.limits ?? DEFAULT_LIMITS));
  const config = editable(root.get('config'));
  const before = JSON.stringify(toPlainJson(config));
  applyChanges(config, details.changes ?? []);
  const changed = JSON.stringify(toPlainJson(config)) !== before;
  const cut = onto < image.layers.length;
  if (details.diffID === undefined && !changed && !cut && image.rawConfig !== undefined) return undefined;

  const history = keptHistory(image, n, onto, root.get('history'));
  if (details.diffID !== undefined || changed) history.push(newStep(details, squashText(n, onto)));
  root.set('created', details.created);
  if (details.author !== undefined && details.author !== '') root.set('author', details.author);
  if (!root.has('architecture') || !root.has('os')) {
    const host = hostPlatform(process.arch);
    root.set('architecture', image.platform?.architecture ?? host.architecture);
    root.set('os', image.platform?.os ?? host.os);
  }
  root.set('config', config);
  const all = [...diffIDs.slice(0, onto), ...(details.diffID === undefined ? [] : [details.diffID])];
  root.set(
    'rootfs',
    new Map<string, JsonValue>([...editable(root.get('rootfs')), ['type', 'layers'], ['diff_ids', all]]),
  );
  root.set('history', history);
  for (const key of OF_THE_OLD_CONTAINER) root.delete(key);
  if (cut) root.delete(OF_ALL_LAYERS);
  return Buffer.from(JSON.stringify(toPlainJson(root)));
}

function oldRoot(image: Image, limits: Pick<Limits, 'json' | 'jsonDepth'>): JsonValue | undefined {
  return image.rawConfig === undefined
    ? undefined
    : parseJson(image.rawConfig, 'the image configuration', limits, 'E_CONFIG').value;
}

function applyChanges(config: EditableObject, changes: readonly string[]): void {
  const state = { cmdSet: false };
  const lines = changes
    .join('\n')
    .replace(/\\[ \t]*\r?\n/g, '')
    .split(/\r?\n/);
  for (const line of lines)
    if (line.trim() !== '' && !line.trimStart().startsWith('#')) applyInstruction(config, line, state);
}

/**
 * Returns the steps up to the one of layer n. Steps that claim a layer which they do not have are made empty ones, and
 * layers without a step get one, so that the new step belongs to the new layer. Steps whose layers are squashed stay, but
 * claim no layer any more.
 */
function keptHistory(image: Image, n: number, onto: number, raw: JsonValue | undefined): JsonObject[] {
  const given = Array.isArray(raw) ? (raw as readonly JsonValue[]) : [];
  const steps = historyOf(image);
  const last = n === image.layers.length ? steps.length : steps.findIndex(({ layer }) => layer === n) + 1;
  return steps.slice(0, last).flatMap((step, i) => {
    const squashed = step.layer !== undefined && step.layer > onto;
    if (!step.recorded) return squashed ? [] : [new Map()];
    const kept = editable(given[i]);
    if (step.layer === undefined || squashed) kept.set('empty_layer', true);
    return [kept];
  });
}

/** As `docker build --squash` says what it merged. */
function squashText(n: number, onto: number): string | undefined {
  if (onto === n) return undefined;
  const layers = onto + 1 === n ? `layer ${String(n)}` : `layers ${String(onto + 1)} to ${String(n)}`;
  return `${layers} and the changes of the container in one`;
}

function newStep(details: CommitDetails, squashed: string | undefined): JsonObject {
  const step = new Map<string, JsonValue>([
    ['created', details.created],
    ['created_by', details.createdBy],
  ]);
  if (details.author !== undefined && details.author !== '') step.set('author', details.author);
  const comment = [details.comment, squashed].filter((text) => text !== undefined && text !== '').join('; ');
  if (comment !== '') step.set('comment', comment);
  if (details.diffID === undefined) step.set('empty_layer', true);
  return step;
}

/** Returns the time of a commit: SOURCE_DATE_EPOCH where it is given, else `now`. RFC 3339. */
export function commitTime(now: Date, sourceDateEpoch: number | undefined): string {
  return (sourceDateEpoch === undefined ? now : new Date(sourceDateEpoch * 1000)).toISOString();
}
