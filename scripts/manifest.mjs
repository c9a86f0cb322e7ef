/** Writes oclif.manifest.json, from which oclif knows every command without loading it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Plugin } from '@oclif/core';
import { ROOT } from './setup.mjs';

const plugin = new Plugin({ root: ROOT, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
if (Object.keys(plugin.manifest.commands).length === 0)
  throw new Error('dist/commands/index.js has no commands');
writeFileSync(path.join(ROOT, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
