import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readAccount, readModel, readTaskOutput, requireProvider, requireTask } from '../../state/read.ts';
import { CheckClass } from '../../state/records/model.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { Settlement, type Task } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/definitions.ts';
import type { BlockContext } from '../context/block-context.ts';
import { openCommittee } from '../disputes/committee.ts';
import { judgeInt8Kernel } from '../disputes/int8-kernel.ts';
import { maxBigint, minBigint } from '../economy/money.ts';
import { checkOutputShape } from '../models/output-shape.ts';

type Challenge = OperationOf<'challenge'>;

/** 10 × fee, at least challengeBond, at most minProviderBond. */
const FEE_MULTIPLE = 10n;

/** The least bond that a challenge of a task with this fee stakes. */
export const challengeBondOf = (
  { params, config }: Pick<BlockContext, 'params' | 'config'>,
  fee: bigint,
): bigint => minBigint(config.minProviderBond, maxBigint(params.challengeBond, FEE_MULTIPLE * fee));

function checkWindow(context: BlockContext, task: Task): void {
  const isOver = task.settlement === Settlement.final || task.settlement === Settlement.void;
  requireThat(!isOver, 'too_late', () => `task "${task.id}" has ended`);
  requireThat(
    task.settlement !== Settlement.disputed,
    'duplicate',
    () => `a committee judges task "${task.id}": one per result`,
  );
  requireThat(
    task.settlement === Settlement.posted,
    'wrong_state',
    () => `task "${task.id}" has no result yet`,
  );
  requireThat(
    context.height < task.finalAtHeight,
    'too_late',
    () => `the result of task "${task.id}" could be challenged below height ${task.finalAtHeight}`,
  );
}

function checkJudge(context: BlockContext, task: Task): void {
  if (task.checkClass === CheckClass.int8Kernel) return;
  requireThat(
    readModel(context.state, task.model)?.deterministic === true,
    'not_verifiable',
    () => `model "${task.model}" is opaque and not deterministic`,
  );
}

function checkStake(context: BlockContext, sender: Uint8Array, task: Task, bond: bigint): void {
  const least = challengeBondOf(context, task.fee);
  requireThat(
    bond >= least,
    'insufficient_bond',
    () => `bond ${bond}: a challenge of this task stakes at least ${least}`,
  );
  requireThat(
    bond <= context.config.minProviderBond,
    'out_of_range',
    () => `bond ${bond}: at most minProviderBond ${context.config.minProviderBond}`,
  );
  const { balance } = readAccount(context.state, sender);
  requireThat(balance >= bond, 'insufficient_balance', () => `the challenger has ${balance}, stakes ${bond}`);
}

function checkClaim(context: BlockContext, task: Task, operation: Challenge): void {
  checkOutputShape(context, task, operation);
  const posted = readTaskOutput(context.state, task.id) ?? new Uint8Array();
  requireThat(
    !equalBytes(operation.output, posted),
    'invalid_input',
    () => 'output: equal to the posted one, nothing is disputed',
  );
}

/** Disputes a posted result. An int8-kernel result is judged in this block. */
export function processChallenge(context: BlockContext, sender: Uint8Array, operation: Challenge): void {
  const task = requireTask(context.state, operation.taskId);
  checkWindow(context, task);
  checkJudge(context, task);
  checkStake(context, sender, task, operation.bond);
  checkClaim(context, task, operation);
  const provider = requireProvider(context.state, task.assignedTo);
  requireThat(
    provider.status !== ProviderStatus.slashed,
    'provider_slashed',
    () => `provider "${provider.id}" was convicted; this result falls at height ${task.finalAtHeight}`,
  );
  const challenge = { challenger: sender, output: operation.output, bond: operation.bond };
  if (task.checkClass === CheckClass.int8Kernel) judgeInt8Kernel(context, task, challenge);
  else openCommittee(context, task, challenge);
}
