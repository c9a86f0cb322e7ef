import { describe, expect, test } from 'vitest';
import { failStore, failStoreRead } from '../../src/store/failure.js';

const refused = (syscall: string): Error =>
  Object.assign(new Error(`EACCES: permission denied, ${syscall} '/store'`), { code: 'EACCES', syscall });

describe('what the system refuses', () => {
  test.each(['scandir', 'stat', 'lstat'])('by %s cannot be read', (syscall) => {
    expect(() => failStore('checking', refused(syscall))).toThrow(
      expect.objectContaining({ code: 'E_UNREADABLE' }) as Error,
    );
  });

  test.each(['open', 'mkdir', 'rename', 'unlink'])('by %s cannot be written', (syscall) => {
    expect(() => failStore('storing', refused(syscall))).toThrow(
      expect.objectContaining({ code: 'E_UNWRITABLE' }) as Error,
    );
  });

  test('cannot be read where nothing was to be written', () => {
    expect(() => failStoreRead('reading', refused('open'))).toThrow(
      expect.objectContaining({ code: 'E_UNREADABLE' }) as Error,
    );
  });
});
