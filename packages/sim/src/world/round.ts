import type { StatelessBlock } from '@aivm/core/block';
import type { StateReader } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { Random } from './random.ts';

/** Where the simulation is. */
export interface RoundInfo {
  readonly round: number;
  readonly nowMs: number;
  /** Height of the last decided block. */
  readonly height: number;
  readonly random: Random;
  /** No new work is begun any more: everything open has to end by itself. */
  readonly isDraining: boolean;
  /** Says that the actor did what it is there for; reports count it. */
  note(deed: string): void;
}

/** One turn of a proposer. */
export interface ProposalTurn {
  readonly round: RoundInfo;
  /** Seconds. */
  readonly timestamp: number;
  /** What the proposer's pool holds, by arrival. */
  readonly pending: readonly Transaction[];
  /** Transactions that no pool would take. */
  readonly sneaked: readonly Transaction[];
  /** The last accepted state. */
  readonly state: StateReader;
  /** A block of these, in canonical order, by the real builder. */
  build(candidates: readonly Transaction[], timestamp?: number): StatelessBlock;
}

/** Makes blocks as long as the cluster gives it the power to. */
export interface Proposer {
  /** @returns undefined to let the honest proposer of the round make the block */
  propose(turn: ProposalTurn): StatelessBlock | undefined;
}
