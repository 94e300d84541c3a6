import {
  AivmError,
  assert,
  ERROR_CODES,
  ErrGPUNotAvailable,
  ErrInvalidTask,
  ErrNotInitialized,
  type ErrorCode,
  ErrProviderNotFound,
  isErrorCode,
} from '@aivm/core/errors';
import { describe, expect, it } from 'vitest';
import { requireThat } from '../../src/errors/aivm-error.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const STATUSES = [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503, 504];

describe('the error table', () => {
  it.each(codes)('%s has a status, an exit code, one line of meaning and a place in the docs', (code) => {
    const { status, exitCode, meaning } = ERROR_CODES[code];
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(STATUSES).toContain(status);
    expect([1, 3, 4, 5, 6]).toContain(exitCode);
    expect(meaning).toMatch(/^[^\n]{10,100}[^\n.]$/);
    const error = new AivmError(code);
    expect(error).toMatchObject({ name: 'AivmError', code, status, exitCode, detail: meaning });
    expect(error.message).toBe(`${code}: ${meaning}`);
    expect(error.docs).toBe(`docs/errors.md#${code}`);
  });

  it('tells codes from other words, those that every object knows included', () => {
    expect(codes.every(isErrorCode)).toBe(true);
    for (const word of ['', 'nope', 'toString', '__proto__', 'constructor'])
      expect(isErrorCode(word)).toBe(false);
  });

  it('gives each meaning to one code', () => {
    expect(new Set(codes.map((code) => ERROR_CODES[code].meaning)).size).toBe(codes.length);
  });

  it('maps absence to exit code 3, conflict to 4 and a damaged directory to 6', () => {
    for (const code of codes) {
      const { status, exitCode } = ERROR_CODES[code];
      expect(exitCode === 3).toBe(status === 404);
      expect(exitCode === 4).toBe(status === 409);
      if (code.startsWith('data_dir_')) expect(exitCode).toBe(6);
    }
  });
});

describe('AivmError', () => {
  it('carries the detail and the cause', () => {
    const cause = new Error('below');
    const error = new AivmError('id_taken', 'task "t-1" exists', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe('id_taken: task "t-1" exists');
    expect(error).toMatchObject({ detail: 'task "t-1" exists', cause, status: 409, exitCode: 4 });
    expect('cause' in new AivmError('id_taken')).toBe(false);
  });

  it.each([
    [new ErrGPUNotAvailable(), 'ErrGPUNotAvailable', 'gpu_not_available'],
    [new ErrNotInitialized(), 'ErrNotInitialized', 'not_initialized'],
    [new ErrInvalidTask(), 'ErrInvalidTask', 'invalid_task'],
    [new ErrProviderNotFound(), 'ErrProviderNotFound', 'provider_not_found'],
  ])('%s is one with a code of its own', (error, name, code) => {
    expect(error).toBeInstanceOf(AivmError);
    expect(error).toMatchObject({ name, code });
  });
});

describe('requireThat and assert', () => {
  it('throw a rejection, and a bug that is none', () => {
    expect(() => requireThat(false, 'too_late', () => 'at 5')).toThrow(new AivmError('too_late', 'at 5'));
    expect(() => assert(false, 'never')).toThrow(/^assertion failed: never$/);
    try {
      assert(false, 'never');
    } catch (error) {
      expect(error).not.toBeInstanceOf(AivmError);
    }
  });

  it('build the detail only on failure', () => {
    requireThat(true, 'too_late', () => {
      throw new Error('was built');
    });
    expect(() => assert(true, 'never')).not.toThrow();
  });
});
