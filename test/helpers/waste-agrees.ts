import { expect } from 'vitest';
import { decodeClassified, encodeClassified } from '../../src/layers/waste/classified-file.js';
import { classifyBytes } from '../../src/layers/waste/classify-bytes.js';
import { entriesOf } from '../../src/layers/index/layer-index.js';
import type { Union } from '../../src/layers/union/union.js';
import { wasteOf } from '../../src/layers/waste/waste-sums.js';
import { type Classified, type Waste, WASTE_CLASSES, type WasteClass } from '../../src/layers/waste/waste.js';
import { slowWaste } from './slow-waste.js';

/**
 * Checks that both implementations class every entry of the layers 1..n alike, that the sums are those of the slow one
 * and that they are the plain bytes of the layers exactly; that the causes are the wasted bytes, no more and no less; and
 * that a file keeps all of it.
 */
export function wasteAgrees(union: Union, n = union.layers.length): Waste {
  const classified = classifyBytes(union, n);
  keepsAll(classified);
  const waste = wasteOf(classified);
  const slow = slowWaste(union.layers, n);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  const bytesOf = (sums: Pick<Waste, 'classes'>, name: WasteClass): number =>
    sums.classes.find((one) => one.class === name)?.bytes ?? Number.NaN;

  expect(waste.layers.map(({ layer }) => layer)).toEqual(Array.from({ length: n }, (_, i) => i + 1));
  for (const { layer, bytes, classes } of waste.layers) {
    const index = union.layers[layer - 1];
    const expected = new Map<WasteClass, number>([['framing', slow.framing[layer - 1]]]);
    const ours: string[] = [];
    const theirs: string[] = [];
    for (const { row, path, storedSize } of entriesOf(index)) {
      const fate = slow.classes.get(`${String(layer)} ${String(row)}`) ?? { class: 'framing', goneIn: 0 };
      if (fate.class !== 'framing') expected.set(fate.class, (expected.get(fate.class) ?? 0) + storedSize);
      const name = WASTE_CLASSES[classified.classOf[layer - 1][row]];
      ours.push(`${String(layer)} ${path} ${name} ${String(classified.goneIn[layer - 1][row])}`);
      theirs.push(`${String(layer)} ${path} ${fate.class} ${String(fate.goneIn)}`);
    }
    // An array of a hundred thousand lines is slow to compare by the matcher.
    if (ours.join('\n') !== theirs.join('\n')) expect(ours).toEqual(theirs);
    for (const name of WASTE_CLASSES)
      expect([layer, name, bytesOf({ classes }, name)]).toEqual([layer, name, expected.get(name) ?? 0]);
    expect(bytes).toBe(index.plainBytes);
    expect(sum(classes.map((one) => one.bytes))).toBe(bytes);
  }
  expect(waste.bytes).toBe(sum(union.layers.slice(0, n).map(({ plainBytes }) => plainBytes)));
  for (const [i, one] of waste.classes.entries()) {
    expect(one.bytes).toBe(sum(waste.layers.map(({ classes }) => classes[i].bytes)));
    expect(one.entries).toBe(sum(waste.layers.map(({ classes }) => classes[i].entries)));
  }
  const wasted = bytesOf(waste, 'overwritten') + bytesOf(waste, 'deleted') + bytesOf(waste, 'metadata-copy');
  expect(waste.wastedBytes).toBe(wasted);
  const causes = waste.causes.filter(({ cause }) => cause !== 'duplicate' && cause !== 'package-cache');
  expect(sum(causes.map(({ bytes }) => bytes))).toBe(wasted);
  expect(waste.efficiency).toBeGreaterThanOrEqual(0);
  expect(waste.efficiency).toBeLessThanOrEqual(1);
  return waste;
}

/** What is read back from a file is what was written, to the last number. */
function keepsAll(classified: Classified): void {
  const { union, n } = classified;
  const bytes = Buffer.concat(encodeClassified(classified));
  const read = decodeClassified(new Uint8Array(new Uint8Array(bytes).buffer), union, n);
  const plain = ({ copiedBy, brokenFor, ...columns }: Classified): unknown => [
    n,
    [columns.classOf, columns.goneIn, columns.facetsOf, columns.twinIn, columns.originIn, columns.names]
      .map((layers) => layers.map((rows) => rows.join()).join('\n'))
      .join('\n\n'),
    copiedBy.map((rows) => rows?.join()),
    brokenFor.map((rows) => rows && [...rows]),
  ];
  expect(plain(read)).toEqual(plain(classified));
}
