import { AivmError } from '@aivm/core/errors';
import type { ChainEvent, Client } from '@aivm/sdk';
import type { DemoConviction } from '../story/demo-outcome.ts';
import type { DemoProgress, TaskPlace } from '../story/demo-progress.ts';

const FIRST_PLACE = { height: 0, index: 0 } as const;

function placeOf(event: Extract<ChainEvent, { kind: 'task' }>): TaskPlace {
  if (event.settlement === 'final') return 'final';
  if (event.settlement === 'void') return 'failed';
  if (event.settlement === 'posted') return 'posted';
  return event.status === 'assigned' ? 'assigned' : 'pending';
}

/**
 * Follows the chain's events until every one of `total` tasks has ended; gives the convictions on the way.
 * @throws AivmError `timeout` when `signal` is aborted by time.
 */
export async function followTasks(
  client: Client,
  { total, progress, signal }: { total: number; progress: DemoProgress; signal: AbortSignal },
): Promise<readonly DemoConviction[]> {
  const convictions: DemoConviction[] = [];
  for await (const event of client.subscribeEvents({ after: FIRST_PLACE, signal })) {
    progress.setHeight(event.height);
    if (event.kind === 'task') progress.move(event.task_id, placeOf(event));
    if (event.kind === 'conviction') {
      progress.addConviction();
      convictions.push({
        provider: event.provider,
        taskId: event.task_id,
        operator: event.operator,
        challenger: event.challenger,
        forfeited: event.forfeited,
        rewarded: event.rewarded,
        burned: event.burned,
      });
    }
    const { final, failed } = progress.counts();
    if (final + failed >= total) return convictions;
  }
  throw new AivmError('unreachable', 'the event stream ended before the tasks did');
}
