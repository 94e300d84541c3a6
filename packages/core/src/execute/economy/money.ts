import { bytesToHex } from '../../bytes/hex.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { readAccount } from '../../state/read.ts';
import { type BlockContext, updateChain, writeAccount } from '../context/block-context.ts';

/** Basis points of one. */
const WHOLE = 10_000n;

/** floor(amount × basisPoints / 10,000). */
export const basisPointsOf = (amount: bigint, basisPoints: number): bigint =>
  (amount * BigInt(basisPoints)) / WHOLE;

export const minBigint = (left: bigint, right: bigint): bigint => (left < right ? left : right);
export const maxBigint = (left: bigint, right: bigint): bigint => (left > right ? left : right);

/** Adds to a balance. */
export function credit(context: BlockContext, address: Uint8Array, amount: bigint): void {
  if (amount === 0n) return;
  const account = readAccount(context.state, address);
  writeAccount(context, address, { ...account, balance: account.balance + amount });
}

/** Takes from a balance. @throws AivmError `insufficient_balance`, with nothing changed. */
export function debit(context: BlockContext, address: Uint8Array, amount: bigint, what: string): void {
  const account = readAccount(context.state, address);
  if (account.balance < amount) {
    throw new AivmError(
      'insufficient_balance',
      `${what}: account 0x${bytesToHex(address)} has ${account.balance}, needs ${amount}`,
    );
  }
  writeAccount(context, address, { ...account, balance: account.balance - amount });
}

/** Money that was taken from somewhere leaves the supply. */
export function burn(context: BlockContext, amount: bigint): void {
  if (amount !== 0n) updateChain(context, (chain) => ({ burned: chain.burned + amount }));
}
