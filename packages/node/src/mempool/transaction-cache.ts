import { assertBytes, bytesToHex } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { parseTransaction, type Transaction, TX_BYTES_MAX } from '@aivm/core/tx';
import { LruCache } from '../store/lru-cache.ts';

const CACHE_BYTES = 32 * 1024 * 1024;
/** What a parsed transaction weighs beside its bytes. */
const OVERHEAD_BYTES = 1_024;

/**
 * Parsed transactions by their id, so that a signature is recovered once (about 1 ms without a native verifier) on
 * the way from the network through the pool into a block and its verification. The id is the hash of all bytes, the
 * signature included, so what is found is what parsing would give.
 */
export class TransactionCache {
  readonly #transactions: LruCache<Transaction>;

  readonly #parse: (bytes: Uint8Array) => Transaction;

  constructor(weightMax: number = CACHE_BYTES, parse: (bytes: Uint8Array) => Transaction = parseTransaction) {
    this.#parse = parse;
    this.#transactions = new LruCache(weightMax, (tx) => tx.bytes.length + OVERHEAD_BYTES);
  }

  /** @throws AivmError as parseTransaction does. */
  readonly parse = (bytes: Uint8Array): Transaction => {
    assertBytes(bytes, 'transaction');
    if (bytes.length > TX_BYTES_MAX) return parseTransaction(bytes);
    const key = bytesToHex(namedHash('Transaction', bytes));
    const known = this.#transactions.get(key);
    if (known !== undefined) return known;
    const tx = this.#parse(bytes);
    this.#transactions.set(key, tx);
    return tx;
  };
}
