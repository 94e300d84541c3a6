import { AivmError, equalBytes } from '@aivm/core';

/** Least fee that a user-facing chain may declare, in the smallest unit. */
export const MinTxFeeFloor = 1_000_000n;

/** What a chain asks for admission. */
export interface FeePolicy {
  /** Least fee of a task, in the smallest unit. */
  readonly minFee: bigint;
  /** The asset that fees are paid in: 32 bytes. */
  readonly assetId: Uint8Array;
  /** @throws AivmError `fee_policy_zero` where the chain asks for nothing: such a chain does not boot. */
  validate(): void;
  /** The asset first, then the amount. @throws AivmError `fee_wrong_asset`, `fee_too_low`. */
  check(fee: { readonly assetId: Uint8Array; readonly amount: bigint }): void;
}

/** One floor for everybody. A floor of 0 stands for a chain without users and is refused at boot. */
export class FlatPolicy implements FeePolicy {
  readonly minFee: bigint;
  readonly assetId: Uint8Array;

  constructor({ minFee, assetId }: { readonly minFee: bigint; readonly assetId: Uint8Array }) {
    this.minFee = minFee;
    this.assetId = assetId;
  }

  validate(): void {
    if (this.minFee <= 0n) throw new AivmError('fee_policy_zero');
  }

  check({ assetId, amount }: { readonly assetId: Uint8Array; readonly amount: bigint }): void {
    if (!equalBytes(assetId, this.assetId)) throw new AivmError('fee_wrong_asset');
    if (amount < this.minFee) {
      throw new AivmError('fee_too_low', `tx fee below policy minimum: ${amount}, at least ${this.minFee}`);
    }
  }
}
