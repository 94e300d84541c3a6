import { AivmError } from '@aivm/core/errors';
import { describe, expect, it } from 'vitest';
import { storeError } from '../../src/store/store-error.ts';

/** An error as the engine throws it: its own code outside, LevelDB's words inside. */
const engineError = (code: string, message: string): Error => {
  const cause = Object.assign(new Error(message), { code });
  return Object.assign(new Error('Database failed'), { code: 'LEVEL_DATABASE_NOT_OPEN', cause });
};

describe('storeError', () => {
  it.each([
    ['LEVEL_LOCKED', 'IO error: lock /d/LOCK: already held by process', 'data_dir_locked', 'another process'],
    ['LEVEL_CORRUPTION', 'Corruption: bad block contents', 'data_dir_corrupt', 'bad block contents'],
    ['LEVEL_IO_ERROR', 'IO error: /d/000005.ldb: Invalid argument', 'data_dir_corrupt', '000005.ldb'],
    [
      'LEVEL_IO_ERROR',
      'IO error: /d/000007.log: No space left on device',
      'store_unavailable',
      'no space left',
    ],
    ['LEVEL_IO_ERROR', 'IO error: /d/LOCK: Read-only file system', 'store_unavailable', 'read-only'],
    ['LEVEL_IO_ERROR', 'IO error: /d/LOCK: Permission denied', 'store_unavailable', 'permission denied'],
    [
      'LEVEL_IO_ERROR',
      'IO error: /d/000009.ldb: Too many open files',
      'store_unavailable',
      'too many open files',
    ],
    ['LEVEL_IO_ERROR', 'IO error: /d/000009.ldb: Input/output error', 'store_unavailable', 'input/output'],
  ])('names the cause of %s: %s', (code, message, expected, words) => {
    const error = storeError('/d', engineError(code, message));
    expect(error).toMatchObject({ code: expected, exitCode: 6 });
    expect(error.message).toContain('/d');
    expect(error.message).toContain(words);
  });

  it('takes the words of the file system', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(storeError('/d', full).code).toBe('store_unavailable');
    const readOnly = Object.assign(new Error("EROFS: read-only file system, mkdir '/d'"), { code: 'EROFS' });
    expect(storeError('/d', readOnly).message).toContain('the file system is read-only');
  });

  it('leaves an error that says it already as it is', () => {
    const error = new AivmError('data_dir_corrupt', 'x');
    expect(storeError('/d', error)).toBe(error);
  });
});
