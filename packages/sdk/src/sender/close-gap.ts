import type { OpenTransaction } from './open-transactions.ts';
import { isRefusal, type Patience } from './patience.ts';
import { postOnce } from './post-once.ts';
import type { SenderState } from './sender-state.ts';
import { refreshHeight, signNext } from './sign-next.ts';

/** Missing nonces that one look puts right; the next one goes on. */
const STEPS_MAX = 64;
/** The shortest time between two looks: every waiting send asks for one. */
const LOOK_EVERY_MS = 1_000;

/** Puts something harmless, a transfer of nothing to oneself, at a nonce for which nothing is open. */
async function fill(state: SenderState, nonce: bigint, patience: Patience): Promise<boolean> {
  const { wallet, open } = state;
  const operation = { kind: 'transfer', to: wallet.addressBytes, amount: 0n } as const;
  await refreshHeight(state, patience);
  const entry = await open.add(await signNext(state, nonce, operation));
  const error = await postOnce(state, entry.tx, patience);
  if (error === undefined) entry.fate = 'known';
  else if (isRefusal(error)) await open.remove(entry);
  return error === undefined;
}

/** Which nonces are looked at, and how a transaction is brought to the node again. */
export interface CloseGapOptions {
  readonly nonce: bigint;
  readonly patience: Patience;
  readonly redeliver: (entry: OpenTransaction) => Promise<{ readonly kind: 'taken' | 'gone' | 'refused' }>;
}

/**
 * Nodes that restart forget their pools, and a pool drops what cannot succeed any more; later transactions of the
 * account then wait for nonces that never come. Posts again what is open for such a nonce below `nonce`, and fills
 * one for which nothing is.
 */
export async function closeGap(
  state: SenderState,
  { nonce, patience, redeliver }: CloseGapOptions,
): Promise<void> {
  const { client, open, wallet } = state;
  const nowMs = client.clock.now();
  if (nowMs - state.gapCheckedAt < LOOK_EVERY_MS) return;
  state.gapCheckedAt = nowMs;
  let lastFilled: bigint | undefined;
  for (let step = 0; step < STEPS_MAX; step++) {
    const { next_nonce: missing } = await patience.ask((options) =>
      client.getAccount(wallet.addressBytes, options),
    );
    if (missing >= nonce || missing === lastFilled) return;
    const lost = open.live().find((entry) => entry.tx.nonce === missing);
    if (lost === undefined) {
      if (!(await fill(state, missing, patience))) return;
    } else {
      const { kind } = await redeliver(lost);
      if (kind === 'gone') await open.remove(lost);
      if (kind === 'refused') await open.refuse(lost);
      if (kind === 'refused') continue;
    }
    lastFilled = missing;
  }
}
