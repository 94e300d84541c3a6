import { createHash, randomBytes } from 'node:crypto';
import { AivmError } from '@aivm/core/errors';
import { OpenaiError } from '../openai/openai-error.ts';

/** What a key may spend, in the smallest unit; undefined: as much as its account has. */
export interface SpendingLimits {
  readonly perRequest?: bigint | undefined;
  /** Of a day in UTC. */
  readonly perDay?: bigint | undefined;
  readonly total?: bigint | undefined;
}

/** A key that programs send, without its secret. */
export interface ApiKey {
  /** Shown on the usage page and in the ledger. */
  readonly name: string;
  /** SHA-256 of the key, 64 hex digits. */
  readonly hash: string;
  /** Which of the gateway's accounts pays. */
  readonly account: string;
  readonly limits: SpendingLimits;
}

const PREFIX = 'sk-aivm-';
const SECRET_BYTES = 24;

/** A new secret that nobody can guess. @example createApiSecret().startsWith('sk-aivm-') // true */
export const createApiSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64url');

/** What a gateway keeps of a secret. It is long and random, so one hash without salt is enough. */
export const hashApiSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const refused = (message: string, code: string): OpenaiError =>
  new OpenaiError(message, { status: 401, type: 'authentication_error', code });

/** The keys of a gateway by what clients send. */
export class ApiKeys {
  readonly #byHash: ReadonlyMap<string, ApiKey>;

  /** @throws AivmError `id_taken` where two keys have one name or one secret */
  constructor(keys: readonly ApiKey[]) {
    const names = new Set<string>();
    const byHash = new Map<string, ApiKey>();
    for (const key of keys) {
      if (names.has(key.name))
        throw new AivmError('id_taken', `API key "${key.name}": the name is there twice`);
      if (byHash.has(key.hash))
        throw new AivmError('id_taken', `API key "${key.name}": its secret is there twice`);
      names.add(key.name);
      byHash.set(key.hash, key);
    }
    this.#byHash = byHash;
  }

  /** The key in an Authorization header. @throws OpenaiError 401 */
  require(header: string | undefined): ApiKey {
    const [, secret] = /^bearer\s+(\S+)$/i.exec(header ?? '') ?? [];
    if (secret === undefined)
      throw refused('this gateway needs an API key: Authorization: Bearer sk-aivm-…', 'missing_api_key');
    const key = this.#byHash.get(hashApiSecret(secret));
    if (key === undefined) throw refused('the API key is not one of this gateway', 'invalid_api_key');
    return key;
  }
}
