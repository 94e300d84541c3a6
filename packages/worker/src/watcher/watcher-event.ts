import type { GameEvent } from '../network/send-move.ts';

/** What a running watcher reports; for logs and displays. */
export type WatcherEvent =
  | { readonly kind: 'watching'; readonly posted: number; readonly after: number }
  /** The posted result is what this machine computes too. */
  | { readonly kind: 'confirmed'; readonly taskId: string; readonly provider: string }
  /** The posted result is wrong; a challenge follows unless there is nothing to win any more. */
  | {
      readonly kind: 'mismatch';
      readonly taskId: string;
      readonly provider: string;
      readonly posted: Uint8Array;
      readonly computed: Uint8Array;
    }
  | {
      readonly kind: 'challenged';
      readonly taskId: string;
      readonly provider: string;
      readonly height: number;
      readonly bond: bigint;
    }
  /** A wrong result was not challenged: the provider is convicted already, or the chain refused. */
  | {
      readonly kind: 'unchallenged';
      readonly taskId: string;
      readonly provider: string;
      readonly code: string;
    }
  /** A move of a game that a challenge of this account began. */
  | GameEvent
  /** Nothing that was shown differs from this machine's own trace: the game will be lost. */
  | { readonly kind: 'conceded'; readonly taskId: string; readonly game: number }
  /** Nothing can judge results of this model. */
  | { readonly kind: 'unverifiable'; readonly taskId: string; readonly model: string }
  /** Something about this result failed; it is taken up again while the chain lists it. */
  | { readonly kind: 'stumbled'; readonly taskId: string; readonly code: string; readonly detail: string }
  | { readonly kind: 'retrying'; readonly code: string; readonly detail: string };
