import { describe, expect, test } from 'vitest';
import { imageName } from '../../../src/tui/rows/image-name.js';

describe('what an image is called', () => {
  test.each([
    [['docker.io/library/app:2'], 'docker-archive:/x/app.tar', 'docker.io/library/app:2'],
    [['1'], 'oci:/srv/images/web', 'web:1'],
    [['1'], 'oci:/srv/images/web:1', 'web:1'],
    [['1'], 'oci:/srv/images/web:@9', 'web:1'],
    [['latest'], 'oci-archive:down/app.tar:latest', 'app.tar:latest'],
    [['1'], 'oci:.', '1'],
    [['1'], 'oci:web/', '1'],
    [[], 'dir:/srv/web', 'dir:/srv/web'],
  ])('tags %j of %s: %s', (tags, name, called) => {
    expect(imageName({ name, tags }, 60)).toBe(called);
  });

  test('of what is too long the end is seen, within its columns, without a control', () => {
    const name = `dir:/${'long/'.repeat(20)}the-end`;
    expect(imageName({ name, tags: [] }, 12)).toBe('…ong/the-end');
    expect(imageName({ name: 'dir:港の記録港の記録', tags: [] }, 8)).toBe('…の記録');
    expect(imageName({ name: 'oci:x', tags: ['a\x1b[2J'] }, 40)).toBe('x:a\\x1b[2J');
  });
});
