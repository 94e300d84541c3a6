import { createHash } from 'node:crypto';
import { concatBytes, equalBytes, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

/** Least fee that a user-facing chain may declare, in the smallest unit. */
export const MinTxFeeFloor = 1_000_000n;

const ASSET_LABEL = utf8ToBytes('lux asset id');
const U32_MAX = 2 ** 32 - 1;

/**
 * The id of the asset that network `network` pays fees in: on network 1 the label, zero-padded to 32 bytes, elsewhere
 * SHA-256 of label and network, big-endian.
 * @throws RangeError unless `network` is a u32.
 */
export function assetIdOfNetwork(network: number): Uint8Array {
  if (!Number.isInteger(network) || network < 0 || network > U32_MAX) {
    throw new RangeError(`network: expected an integer 0…${U32_MAX}, got ${network}`);
  }
  const id = new Uint8Array(32);
  if (network === 1) {
    id.set(ASSET_LABEL);
    return id;
  }
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, network);
  id.set(createHash('sha256').update(concatBytes(ASSET_LABEL, number)).digest());
  return id;
}

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
    if (amount < this.minFee) throw new AivmError('fee_too_low');
  }
}
