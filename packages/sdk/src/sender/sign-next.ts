import { isExpired, type Operation, type Transaction } from '@aivm/core/tx';
import type { Patience } from './patience.ts';
import type { SenderState } from './sender-state.ts';

/** How long a height that the node told serves for the next signature. */
const HEIGHT_MS = 1_000;

/** Learns the node's height, from which expiries count. @throws what asking throws; see {@link Patience.ask}. */
export async function refreshHeight(state: SenderState, patience: Patience): Promise<void> {
  if (state.expiryBlocks === 0 || state.client.clock.now() - state.heightReadAt < HEIGHT_MS) return;
  const { height } = await patience.ask((options) => state.client.getHealth(options));
  state.height = height;
  state.heightReadAt = state.client.clock.now();
}

/** Asks for the height before the next signature: what was signed with the known one is too late. */
export function forgetHeight(state: SenderState): void {
  state.heightReadAt = 0;
}

/** Whether the node's last word says that no block will carry `tx` any more. */
export const hasExpired = ({ height }: SenderState, tx: Transaction): boolean => isExpired(tx, height + 1);

/** Signs an operation for this chain, valid for `expiryBlocks` from the height that is known. */
export async function signNext(
  state: SenderState,
  nonce: bigint,
  operation: Operation,
): Promise<Transaction> {
  const { chainId, genesisHash, expiryBlocks, height } = state;
  const expiry = expiryBlocks === 0 ? 0n : BigInt(height + expiryBlocks);
  return state.wallet.sign({ chainId, genesisHash, nonce, expiry, operation });
}
