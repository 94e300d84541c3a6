import { privateKeyToAddress } from '@aivm/core/crypto';
import { type SessionResult, signSessionResult } from '@aivm/core/execute';

/** A key of this process that evidence vouches for: it is never written anywhere and ends with the process. */
export interface Session {
  /** 20 bytes, as the attestation names it. */
  readonly address: Uint8Array;
  sign(result: SessionResult): Uint8Array;
}

const KEY_BYTES = 32;

/** A session with a new key. Randomness comes from the platform. */
export function createSession(): Session {
  const key = globalThis.crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return { address: privateKeyToAddress(key), sign: (result) => signSessionResult(result, key) };
}
