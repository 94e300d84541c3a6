import type { AttestationEvent } from '../attestation/attestation-event.ts';
import type { GameEvent } from '../network/send-move.ts';

/** What a running provider reports; for logs and displays. */
export type ProviderEvent =
  | { readonly kind: 'registered'; readonly provider: string; readonly bond: bigint }
  | { readonly kind: 'resumed'; readonly provider: string; readonly bond: bigint }
  | { readonly kind: 'bonded'; readonly provider: string; readonly added: bigint }
  | {
      readonly kind: 'posted';
      readonly provider: string;
      readonly taskId: string;
      readonly output: Uint8Array;
      readonly computeTimeMs: number;
      readonly height: number;
    }
  /** A seat's commitment is in a block. */
  | {
      readonly kind: 'committed';
      readonly provider: string;
      readonly taskId: string;
      readonly height: number;
    }
  | {
      readonly kind: 'revealed';
      readonly provider: string;
      readonly taskId: string;
      readonly output: Uint8Array;
      readonly height: number;
    }
  /** The backend gives another output than the one that was committed to; the seat will be penalised. */
  | { readonly kind: 'unrevealable'; readonly provider: string; readonly taskId: string }
  /** `error` goes on chain, `detail` is the backend's own text. */
  | {
      readonly kind: 'failed';
      readonly provider: string;
      readonly taskId: string;
      readonly error: string;
      readonly detail: string;
    }
  /** Something about this task failed; it is taken up again while the chain waits for it. */
  | {
      readonly kind: 'stumbled';
      readonly provider: string;
      readonly taskId: string;
      readonly code: string;
      readonly detail: string;
    }
  /** The chain says that the task is not this provider's any more; nothing was posted. */
  | { readonly kind: 'skipped'; readonly provider: string; readonly taskId: string; readonly code: string }
  /** The chain lists the provider among those that hold the weights of this network. */
  | { readonly kind: 'holding'; readonly provider: string; readonly model: string }
  /** A move of a game about one of its results. */
  | (GameEvent & { readonly provider: string })
  /** Another program sends this provider's heartbeats: two of them compute every task and pay every fee twice. */
  | { readonly kind: 'contended'; readonly provider: string }
  /** Penalties left less than the chain asks of those that it gives work; what the operator adds brings it back. */
  | { readonly kind: 'underbonded'; readonly provider: string; readonly bond: bigint; readonly least: bigint }
  /** The run was told to stop and finishes what is assigned: so many tasks are left. */
  | { readonly kind: 'draining'; readonly provider: string; readonly tasks: number }
  | { readonly kind: 'heartbeat'; readonly provider: string; readonly height: number }
  | AttestationEvent;
