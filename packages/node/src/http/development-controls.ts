import type { Operation } from '@aivm/core/tx';
import type { DevelopmentState } from '@aivm/sdk';

/** What became of an operation that was carried as somebody's. */
export interface ImpersonatedOperation {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly code: string;
  readonly detail: string;
}

/** What a development chain lets its user do; no other chain has it. */
export interface DevelopmentControls {
  state(): DevelopmentState;
  takeSnapshot(): Promise<{ readonly snapshot: number; readonly height: number }>;
  /** @throws AivmError `not_found` */
  revert(snapshot: number): Promise<void>;
  /** Makes so many blocks, each `seconds` after the one before. */
  mine(blocks: number, seconds: number, signal: AbortSignal): Promise<void>;
  /** @throws AivmError `out_of_range` for a time before the last block's */
  setTime(time: { readonly timestamp: number } | { readonly seconds: number }): void;
  setAutomine(enabled: boolean): void;
  /** @throws AivmError `task_not_found`, `wrong_state` for a task that has ended */
  forward(task: string, signal: AbortSignal): Promise<void>;
  impersonate(from: Uint8Array, operation: Operation): Promise<ImpersonatedOperation>;
}
