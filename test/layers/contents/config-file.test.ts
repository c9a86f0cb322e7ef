import { expect, test } from 'vitest';
import { isConfigFile } from '../../../src/layers/contents/config-file.js';

test.each([
  '/etc/passwd',
  '/usr/local/etc/php/php.ini',
  '/app/config.json',
  '/app/.env',
  '/app/.env.production',
  '/app/Values.YAML',
  '/srv/Dockerfile',
  '/opt/x.properties',
  '/lib/systemd/system/ssh.service',
])('%s holds settings', (path) => expect(isConfigFile(path)).toBe(true));

test.each([
  '/etc',
  '/app/main.js',
  '/usr/bin/env',
  '/app/json',
  '/app/config.json/readme',
  '/README.md',
  '/x/.json',
])('%s does not', (path) => expect(isConfigFile(path)).toBe(false));
