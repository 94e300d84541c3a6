import { readChain, readOperator } from '../../state/read.ts';
import { type Operator, REPUTATION_MAX, REPUTATION_START } from '../../state/records/operator.ts';
import type { StateReader } from '../../state/state-view.ts';
import { type BlockContext, writeOperator } from '../context/block-context.ts';

/** Basis points that one event adds or takes. */
export const REPUTATION_STEP = { accepted: 50, failed: -500, recoveryPerEpoch: 100 } as const;

/** An operator with what the epochs since its last event gave back: towards the start value, never above it. */
export function recoveredOperator(state: StateReader, operator: Uint8Array): Operator {
  const record = readOperator(state, operator);
  const { epoch } = readChain(state);
  const recovered =
    BigInt(record.reputation) + (epoch - record.reputationEpoch) * BigInt(REPUTATION_STEP.recoveryPerEpoch);
  const reputation =
    record.reputation >= REPUTATION_START
      ? record.reputation
      : Number(recovered < REPUTATION_START ? recovered : REPUTATION_START);
  return { ...record, reputation, reputationEpoch: epoch };
}

/** Adds `step` basis points, within 0…10,000. */
export function adjustReputation(context: BlockContext, operator: Uint8Array, step: number): void {
  const record = recoveredOperator(context.state, operator);
  const reputation = Math.max(0, Math.min(REPUTATION_MAX, record.reputation + step));
  writeOperator(context, operator, { ...record, reputation });
}
