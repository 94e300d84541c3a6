import {
  CheckClass,
  PanelKind,
  type ProviderRecord,
  ProviderStatus,
  readProvider,
  type Seat,
  type TaskRecord,
  Vote,
} from '@aivm/core/state';
import type { CreateChecker, ObservedBlock } from './checker.ts';

/** What members showed, read from the reveals that took effect, by task, panel and provider. */
class Shown {
  readonly #votes = new Map<string, number>();

  apply({ block, outcomes }: ObservedBlock): void {
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind !== 'revealResult' || outcomes[i]?.code !== '') continue;
      const { taskId, panel, provider, vote } = operation;
      this.#votes.set(`${taskId} ${panel} ${provider}`, vote);
    }
  }

  of(taskId: string, panel: number, provider: string): number | undefined {
    return this.#votes.get(`${taskId} ${panel} ${provider}`);
  }
}

/** Seats of the panels that a block ended, as they were before it. */
function endedSeats({ changes }: ObservedBlock, taskId: string): readonly Seat[] {
  const size = new TextEncoder().encode(taskId);
  const head = [size.length, ...size].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return changes.seat.flatMap(({ hex, before, after }) =>
    before !== undefined && after === undefined && hex.slice(2).startsWith(head) ? [before] : [],
  );
}

/**
 * "I cannot" costs no work: a panel ends with it only where most of its seats say the same, and whoever says it alone pays as if
 * it had stayed away. Else members earn by saying it, or void the tasks of others.
 */
export const createErrorVotesChecker: CreateChecker = ({ genesis: { params }, mirror, fail }) => {
  const shown = new Shown();

  /** What a member is charged for an error that is not the majority's, at least. */
  function checkCharged(block: ObservedBlock, task: TaskRecord, seat: Seat): void {
    const { height, events, changes } = block;
    const isNamed = events.some(
      (event) =>
        event.kind === 'seat' &&
        event.taskId === task.id &&
        event.provider === seat.provider &&
        event.change === 'error',
    );
    const before: ProviderRecord | undefined = changes.provider.find(
      ({ after }) => after?.id === seat.provider,
    )?.before;
    const after = readProvider(mirror, seat.provider);
    if (before === undefined || after === undefined || after.status === ProviderStatus.slashed) return;
    const part = task.fee > params.seatFee ? task.fee : params.seatFee;
    const due = before.bond < part ? before.bond : part;
    if (!isNamed || before.bond - after.bond < due)
      fail(
        `height ${height}: ${seat.provider} said alone that it cannot do ${task.id}, and lost ${before.bond - after.bond}`,
      );
  }

  return {
    name: 'error-votes',
    onBlock(block) {
      shown.apply(block);
      const { height, changes } = block;
      for (const { before: panel, after } of changes.panel) {
        if (panel === undefined || after !== undefined) continue;
        const task = changes.task.find((change) => change.after?.id === panel.taskId)?.after;
        if (task === undefined || task.checkClass !== CheckClass.opaque) continue;
        const seats = endedSeats(block, task.id);
        const votes = seats.map(({ provider }) => shown.of(task.id, panel.number, provider));
        const most = [Vote.output, Vote.tooLong, Vote.cannotRun].find(
          (vote) => votes.filter((said) => said === vote).length >= panel.m,
        );
        const isFailed = task.error === 'too_long' || task.error === 'cannot_run';
        if (panel.kind === PanelKind.redundant && isFailed && (most === undefined || most === Vote.output))
          fail(`height ${height}: ${task.id} failed with ${task.error}, of votes ${votes.join()}`);
        for (const [i, seat] of seats.entries()) {
          const vote = votes[i] ?? Vote.output;
          if (vote !== Vote.output && vote !== most) checkCharged(block, task, seat);
        }
      }
    },
  };
};
