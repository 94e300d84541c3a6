import type { UnsignedTransaction } from '@aivm/core/tx';
import type { Wallet } from '@aivm/sdk';

/** Watches what a wallet signs, so that a second signature is seen even where no block carries it. */
export interface SignatureLog {
  /** The same wallet, whose signatures are recorded. */
  watch(wallet: Wallet): Wallet;
  readonly count: number;
  /**
   * Operations about one task that were signed more than once. Two different operations under one nonce are no fault:
   * at most one of them can take effect, and a node that refuses the first and keeps it gains no more than by censoring.
   */
  faults(): readonly string[];
}

/** @returns a log of all signatures of the wallets that it watches */
export function createSignatureLog(): SignatureLog {
  const signed = new Map<string, bigint[]>();
  let count = 0;
  const note = (wallet: Wallet, { nonce, operation }: UnsignedTransaction): void => {
    count += 1;
    if (!('taskId' in operation)) return;
    const key = `${operation.kind} of ${operation.taskId} by ${wallet.address}`;
    signed.set(key, [...(signed.get(key) ?? []), nonce]);
  };
  return {
    watch: (wallet) => ({
      ...wallet,
      sign: (tx) => {
        note(wallet, tx);
        return wallet.sign(tx);
      },
    }),
    get count() {
      return count;
    },
    faults: () =>
      [...signed].flatMap(([key, nonces]) =>
        nonces.length > 1 ? [`signed ${nonces.length} times: ${key}, nonces ${nonces.join(', ')}`] : [],
      ),
  };
}
