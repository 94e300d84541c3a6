import { equalBytes } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { readTaskOutput } from '../../state/read.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { debit } from '../economy/money.ts';
import type { Judge } from '../models/model-class.ts';
import { recomputeOutput } from '../models/recompute-output.ts';
import type { OpenedChallenge } from './opened-challenge.ts';
import { announceVerdict, type Finding, payVerdict } from './verdict.ts';

/** Judges a challenge in the block that carries it. */
export function judgeByRecompute(
  context: BlockContext,
  task: TaskRecord,
  challenge: OpenedChallenge,
  judge: Extract<Judge, { kind: 'recompute' }>,
): void {
  const posted = readTaskOutput(context.state, task.id);
  assert(posted !== undefined, 'a dispute without a posted output');
  const right = recomputeOutput(context, task, judge);
  const isWrong = !equalBytes(posted, right);
  debit(context, challenge.challenger, challenge.bond, 'challenge bond');
  const stake = { ...challenge, prepaid: 0n };
  const finding: Finding = {
    verdict: isWrong ? 'upheld' : 'rejected',
    claimRight: equalBytes(challenge.output, right),
    isProof: true,
    members: [],
  };
  announceVerdict(context, task, stake, finding);
  payVerdict(context, task, stake, finding);
}
