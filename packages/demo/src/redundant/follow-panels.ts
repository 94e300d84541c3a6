import { AivmError } from '@aivm/core/errors';
import type { Client } from '@aivm/sdk';
import type { DemoConviction } from '../story/demo-outcome.ts';

/** What members did, counted by provider and by change: drawn, committed, revealed, withheld, absent, divergent. */
export type SeatCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Everything that events told. */
export interface PanelStory {
  readonly convictions: readonly DemoConviction[];
  readonly seats: SeatCounts;
}

/** Follows panels from event to event. */
export class PanelProgress {
  readonly #total: number;
  readonly #settlements = new Map<string, string>();
  readonly #seats = new Map<string, Map<string, number>>();
  readonly convictions: DemoConviction[] = [];
  #height = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get seats(): SeatCounts {
    return this.#seats;
  }

  /** Tasks that are over, with an answer or without. */
  get ended(): number {
    return this.#count('final') + this.#count('void');
  }

  get isDone(): boolean {
    return this.ended >= this.#total;
  }

  setHeight(height: number): void {
    this.#height = Math.max(this.#height, height);
  }

  moveTask(taskId: string, settlement: string): void {
    this.#settlements.set(taskId, settlement);
  }

  moveSeat(provider: string, change: string): void {
    const changes = this.#seats.get(provider) ?? new Map<string, number>();
    changes.set(change, (changes.get(change) ?? 0) + 1);
    this.#seats.set(provider, changes);
  }

  /** Lines for people, redrawn as things move. */
  lines(elapsedMs: number): readonly string[] {
    const of = (change: string): number =>
      [...this.#seats.values()].reduce((sum, changes) => sum + (changes.get(change) ?? 0), 0);
    return [
      `${this.#count('final')}/${this.#total} final   ${(elapsedMs / 1_000).toFixed(1)} s   block ${this.#height}`,
      `committing ${this.#count('committing')} · revealing ${this.#count('revealing')} · seats: ${of('committed')} committed, ${of('revealed')} revealed, ` +
        `${of('withheld')} withheld, ${of('absent')} absent · convicted ${this.convictions.length}`,
    ];
  }

  #count(settlement: string): number {
    return [...this.#settlements.values()].filter((one) => one === settlement).length;
  }
}

/** Follows the chain's events until every task has ended. @throws AivmError `unreachable` where the stream ends first. */
export async function followPanels(
  client: Client,
  { progress, signal }: { progress: PanelProgress; signal: AbortSignal },
): Promise<PanelStory> {
  for await (const event of client.subscribeEvents({ after: { height: 0, index: 0 }, signal })) {
    progress.setHeight(event.height);
    if (event.kind === 'task') progress.moveTask(event.task_id, event.settlement);
    if (event.kind === 'seat') progress.moveSeat(event.provider, event.change);
    if (event.kind === 'conviction') {
      const { provider, task_id: taskId, operator, challenger, forfeited, rewarded, burned } = event;
      progress.convictions.push({ provider, taskId, operator, challenger, forfeited, rewarded, burned });
    }
    // The block's own event is its last, so every event of its tasks has been read by then.
    if (event.kind === 'block' && progress.isDone) {
      return { convictions: progress.convictions, seats: progress.seats };
    }
  }
  throw new AivmError('unreachable', 'the event stream ended before the tasks did');
}
