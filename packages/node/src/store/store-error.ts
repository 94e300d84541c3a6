import { AivmError } from '@aivm/core/errors';

/** What the engine's own messages begin with where a file of it is damaged. */
const DAMAGE = /corruption|invalid argument|bad (?:block|entry|record)|checksum/i;

/** Faults of the machine, by the words that the operating system has for them. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/no space left|ENOSPC/i, 'no space left on the disk'],
  [/quota exceeded|EDQUOT/i, 'the disk quota is used up'],
  [/read-only file ?system|EROFS/i, 'the file system is read-only'],
  [/permission denied|EACCES|EPERM/i, 'permission denied'],
  [/too many open files|EMFILE|ENFILE/i, 'too many open files'],
  [/input\/output error|EIO/i, 'the disk reports an input/output error'],
];

interface Reason {
  readonly code: string;
  readonly message: string;
}

/** The innermost error that says something: the engine wraps its own. */
function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return { code: 'code' in error ? String(error.code) : '', message: error.message };
}

/**
 * The error that a fault of the store becomes: `data_dir_corrupt` only where bytes are damaged, so that nobody deletes
 * a sound chain for a full disk.
 * @param location how the error names the store: its directory
 */
export function storeError(location: string, error: unknown): AivmError {
  if (error instanceof AivmError) return error;
  const { code, message } = reasonOf(error);
  if (code === 'LEVEL_LOCKED') {
    return new AivmError('data_dir_locked', `${location}: another process has it open`, { cause: error });
  }
  const fault = FAULTS.find(([pattern]) => pattern.test(message) || pattern.test(code));
  if (fault !== undefined) {
    return new AivmError('store_unavailable', `${location}: ${fault[1]} (${message})`, { cause: error });
  }
  const isDamage = code === 'LEVEL_CORRUPTION' || DAMAGE.test(message);
  return new AivmError(isDamage ? 'data_dir_corrupt' : 'store_unavailable', `${location}: ${message}`, {
    cause: error,
  });
}
