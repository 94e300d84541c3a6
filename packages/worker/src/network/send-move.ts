import { type Move, type MoveName, moveNumber, serializeMove } from '@aivm/core/network';
import type { OperationOf } from '@aivm/core/tx';
import { type Retry, retryTransient } from '../transient.ts';
import type { OperationSender } from '../worker-node.ts';

/** A move that took effect. */
export interface GameEvent {
  readonly kind: 'moved';
  readonly taskId: string;
  readonly game: number;
  readonly move: MoveName;
  readonly height: number;
}

/** A move as an operation. */
const moveOperation = (taskId: string, game: number, move: Move): OperationOf<'disputeMove'> => ({
  kind: 'disputeMove',
  taskId,
  game,
  move: moveNumber(move.move),
  body: serializeMove(move),
});

/** A move of one game, and whether the state still waits for it. */
export interface DueMove {
  readonly taskId: string;
  readonly game: number;
  readonly move: Move;
  readonly isDue: () => Promise<boolean>;
}

/**
 * Sends a move until it is in a block or no longer due. Each try asks the state first: a game that went on without this
 * process, in an earlier run of it, is not moved twice.
 *
 * @returns what happened; undefined where the move was not due any more or `signal` was aborted
 * @throws AivmError with the code of a refusal
 */
export async function sendMove(
  { taskId, game, move, isDue }: DueMove,
  sender: OperationSender,
  retry: Retry,
): Promise<GameEvent | undefined> {
  return retryTransient(async () => {
    if (!(await isDue())) return undefined;
    const { height } = await sender.send(moveOperation(taskId, game, move), retry);
    return { kind: 'moved', taskId, game, move: move.move, height } as const;
  }, retry);
}

/** Runs each named thing once at a time; what failed or is done may run again. */
export class InHand {
  readonly #running = new Map<string, Promise<void>>();

  begin(key: string, run: () => Promise<void>): void {
    if (this.#running.has(key)) return;
    const job = run().finally(() => this.#running.delete(key));
    this.#running.set(key, job);
  }

  /** Resolves when nothing is in hand. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
