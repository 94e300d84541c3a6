import { Vote } from '@aivm/core/state';
import type { BackendReason } from '../backend/backend-error.ts';
import type { ServedModel } from '../backend/compute-backend.ts';
import type { Computed } from './compute-task.ts';
import type { SeatAnswer } from './seat-answer.ts';

/**
 * Which failures of a backend say something about the task, so that others will fail alike; the rest are this machine's, and
 * the task is tried again.
 */
const VOTES: Readonly<Partial<Record<BackendReason, number>>> = {
  tooMuch: Vote.tooLong,
  cannotRun: Vote.cannotRun,
  failed: Vote.cannotRun,
  late: Vote.cannotRun,
  noJson: Vote.cannotRun,
  refused: Vote.cannotRun,
};

/**
 * The vote of a seat; undefined where it has none to give. Only a model that the chain knows by a hash alone may fail: an
 * integer model has an output for every input, and an error would be refused.
 */
export function voteOf(
  computed: Computed,
  { checkClass }: Pick<ServedModel, 'checkClass'>,
): SeatAnswer | undefined {
  if ('result' in computed) return { vote: Vote.output, ...computed.result };
  const vote = checkClass === 'opaque' ? VOTES[computed.reason] : undefined;
  return vote === undefined ? undefined : { vote, output: new Uint8Array(0), computeTimeMs: 0 };
}
