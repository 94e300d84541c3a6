import type { Settlement, TaskStatus } from '../../state/records/task.ts';

/** How a dispute ends: the posted result is wrong, it stands, or nothing was found (a game: another one came first). */
export type DisputeVerdict = 'upheld' | 'rejected' | 'undecided';

/** A step of a dispute. */
export type DisputeChange =
  | {
      readonly change: 'opened';
      readonly provider: string;
      readonly challenger: Uint8Array;
      readonly model: string;
      /** The class of the model, which says who judges. */
      readonly checkClass: number;
      readonly bond: bigint;
      /** Hashes of the output in dispute and of the challenger's own; of a game, what hides the root of its trace. */
      readonly postedHash: Uint8Array;
      readonly claimedHash: Uint8Array;
      /** Number of the game about a trace; absent where no game is played. */
      readonly game?: number;
    }
  | {
      readonly change: 'moved';
      /** The phase that begins (committing, revealing), or the move of a game: committed, pointed, revealed, marked. */
      readonly phase: string;
      readonly game?: number;
    }
  | {
      readonly change: 'settled';
      readonly provider: string;
      readonly challenger: Uint8Array;
      readonly verdict: DisputeVerdict;
      /** `upheld`: whether the challenger's own output was right. */
      readonly claimRight: boolean;
      readonly game?: number;
    };

/** What a block changed, for people and indexes. Not part of consensus: it follows from state and block. */
export type ProtocolEvent =
  | {
      readonly kind: 'task';
      readonly taskId: string;
      readonly status: TaskStatus;
      readonly settlement: Settlement;
      /** The provider that holds or answered the task; empty while nobody does. */
      readonly provider: string;
      readonly model: string;
      /** Why: submitted, assigned, posted, final, timeout, provider_error, challenge_upheld, provider_slashed, deadline, cancelled. */
      readonly reason: string;
      /** Whether the requester may rely on the answer: it is final, or an attested environment vouches for it. */
      readonly usable: boolean;
    }
  | {
      /** An answer that was usable before it was final fell. */
      readonly kind: 'retraction';
      readonly taskId: string;
      readonly provider: string;
      readonly outputHash: Uint8Array;
      readonly reason: string;
    }
  | {
      readonly kind: 'seat';
      readonly taskId: string;
      readonly provider: string;
      readonly position: number;
      /** drawn, committed, revealed, withheld, absent, divergent, or released with a panel that never became complete. */
      readonly change: string;
    }
  | { readonly kind: 'receipt'; readonly index: number; readonly taskId: string }
  | {
      readonly kind: 'challenge';
      readonly taskId: string;
      readonly provider: string;
      readonly challenger: Uint8Array;
      /** Whether the posted result was wrong. */
      readonly upheld: boolean;
      /** Whether the challenger's own output was right. */
      readonly claimRight: boolean;
      /** Number of the game that ended; absent where none was played. */
      readonly game?: number;
    }
  | ({ readonly kind: 'dispute'; readonly taskId: string } & DisputeChange)
  | {
      readonly kind: 'conviction';
      readonly taskId: string;
      readonly provider: string;
      readonly operator: Uint8Array;
      /** The first that proved it in its block; zero if the chain itself refuted the provider. */
      readonly challenger: Uint8Array;
      readonly forfeited: bigint;
      readonly rewarded: bigint;
      readonly burned: bigint;
      /** How the reward was shared among the challengers of the block. */
      readonly shares: readonly { readonly challenger: Uint8Array; readonly amount: bigint }[];
    }
  | { readonly kind: 'provider'; readonly provider: string; readonly change: string }
  | { readonly kind: 'model'; readonly model: string; readonly change: string }
  | { readonly kind: 'epoch'; readonly epoch: bigint; readonly total: bigint; readonly paid: bigint }
  | {
      /** The receipts root was anchored; sinks hand it to another chain. */
      readonly kind: 'anchor';
      readonly number: bigint;
      readonly commitRoot: Uint8Array;
      readonly parentRoot: Uint8Array;
      readonly validatorSetRoot: Uint8Array;
      readonly receiptCount: number;
    };
