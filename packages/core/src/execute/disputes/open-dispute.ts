import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { openCommittee } from './committee.ts';
import type { OpenedChallenge } from './opened-challenge.ts';
import { judgeByRecompute } from './recompute.ts';

/** Opens a dispute about a posted result before the judge of the model's class. It may be settled in this block. */
export function openDispute(context: BlockContext, task: TaskRecord, challenge: OpenedChallenge): void {
  const { judge } = modelClassOf(task);
  assert(judge.kind !== 'game', 'games have challenges of their own');
  context.events.push({
    kind: 'dispute',
    change: 'opened',
    taskId: task.id,
    provider: task.assignedTo,
    challenger: challenge.challenger,
    model: task.model,
    checkClass: task.checkClass,
    bond: challenge.bond,
    postedHash: task.outputHash,
    claimedHash: namedHash('Output', challenge.output),
  });
  if (judge.kind === 'recompute') judgeByRecompute(context, task, challenge, judge);
  else openCommittee(context, task, challenge);
}
