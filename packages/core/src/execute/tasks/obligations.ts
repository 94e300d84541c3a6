import { assert } from '../../errors/aivm-error.ts';
import { requireProvider } from '../../state/read.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { seatPart } from '../context/parts.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { panelSeats } from './terms.ts';

/**
 * What an assignment or an open result holds of a bond: liabilityMultiple × fee; of a model that a committee judges at
 * least the penalty and the parts of the committee, so that a lost result never leaves its bill to the challenger.
 */
export function liabilityOf(
  context: Pick<BlockContext, 'config' | 'params'>,
  task: Pick<TaskRecord, 'fee' | 'checkClass'>,
): bigint {
  const { liabilityMultiple, penaltyMultiple } = context.params;
  const plain = task.fee * BigInt(liabilityMultiple);
  if (modelClassOf(task).judge.kind !== 'committee') return plain;
  const committee = BigInt(panelSeats(context.config)) * seatPart(context, task.fee);
  const lost = task.fee * BigInt(penaltyMultiple) + committee;
  return lost > plain ? lost : plain;
}

/** Something that a provider's bond answers for: an assignment, an open result, a seat. */
export type Obligation = Pick<TaskRecord, 'id' | 'assignedTo' | 'reservation' | 'maxWork'>;

/** The provider takes a task on: its bond answers for it until it is settled. */
export function beginObligation(
  context: BlockContext,
  provider: ProviderRecord,
  task: Pick<Obligation, 'id' | 'reservation' | 'maxWork'>,
): void {
  writeProvider(context, {
    ...provider,
    assigned: [...provider.assigned, task.id],
    reserved: provider.reserved + task.reservation,
    openWork: provider.openWork + task.maxWork,
  });
}

/** The assignment became an open result: the reservation stays. */
export function openResult(context: BlockContext, task: TaskRecord): void {
  const provider = requireProvider(context.state, task.assignedTo);
  writeProvider(context, {
    ...provider,
    assigned: provider.assigned.filter((id) => id !== task.id),
    openResults: provider.openResults + 1,
    lastSeenAt: context.timestamp,
  });
}

/** What the end of an obligation adds to the provider's record. */
export interface ObligationEnd {
  readonly completed?: boolean;
  readonly failed?: boolean;
  readonly latencySeconds?: number;
}

/** Settles the task's obligation, assignment or open result: its reservation ends. */
export function endObligation(context: BlockContext, task: Obligation, end: ObligationEnd): ProviderRecord {
  const provider = requireProvider(context.state, task.assignedTo);
  const wasAssigned = provider.assigned.includes(task.id);
  assert(provider.reserved >= task.reservation, 'a reservation ends that was not held');
  assert(wasAssigned || provider.openResults > 0, 'an obligation ends that the provider does not have');
  const settled: ProviderRecord = {
    ...provider,
    reserved: provider.reserved - task.reservation,
    openWork: provider.openWork - task.maxWork,
    assigned: wasAssigned ? provider.assigned.filter((id) => id !== task.id) : provider.assigned,
    openResults: wasAssigned ? provider.openResults : provider.openResults - 1,
    tasksCompleted: provider.tasksCompleted + (end.completed === true ? 1n : 0n),
    tasksFailed: provider.tasksFailed + (end.failed === true ? 1n : 0n),
    latencyTotalSeconds: provider.latencyTotalSeconds + BigInt(end.latencySeconds ?? 0),
  };
  writeProvider(context, settled);
  return settled;
}
