import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startExplorer } from '../helpers/explorer.js';
import { useFolder } from '../helpers/look.js';
import { tarOf } from '../helpers/tar-layer.js';

const folder = useFolder();

test('a layer that cannot be read: why stays on the screen, in the files and with the layer; nothing is awaited', async () => {
  const image = path.join(folder(), 'damaged.tar.gz');
  const bytes = gzipSync(tarOf([{ name: 'noise', content: randomBytes(400_000) }]));
  bytes.fill(0, 200_000, 201_000);
  writeFileSync(image, bytes);
  const driver = await startExplorer({ image: `rootfs:${image}`, store: path.join(folder(), 'store') });
  try {
    await driver.shows('not read on');
    await driver.press('j', 'Tab', 'Tab', 'Tab');
    expect(driver.text()).not.toContain('reading');
    const rows = driver.lines().map((line) => line.slice(line.indexOf('│') + 1).trim());
    expect(rows.slice(2, 6).join(' ')).toMatch(/^layer 1: decompressing .*damaged\.tar\.gz/);
    expect(driver.text()).toMatch(/not read +layer 1: decompressing/);
  } finally {
    await driver.close();
  }
});
