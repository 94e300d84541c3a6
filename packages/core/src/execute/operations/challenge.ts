import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { readAccount, readTaskOutput, requireProvider, requireTask } from '../../state/read.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { Settlement, type TaskRecord } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { openGame } from '../disputes/bisection/open-game.ts';
import { challengeBondOf } from '../disputes/challenge-bond.ts';
import { openDispute } from '../disputes/open-dispute.ts';
import { isConvictedInThisBlock } from '../disputes/proofs.ts';
import { checkOutput } from '../models/check-output.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { requireFact, requireFacts } from '../tasks/facts.ts';

type Challenge = OperationOf<'challenge'>;

function checkWindow(context: BlockContext, task: TaskRecord): void {
  const isOver = task.settlement === Settlement.final || task.settlement === Settlement.void;
  requireThat(!isOver, 'too_late', () => `task "${task.id}" has ended`);
  const hasGames = modelClassOf(task).judge.kind === 'game';
  requireThat(
    hasGames || task.settlement !== Settlement.disputed,
    'duplicate',
    () => `a committee judges task "${task.id}": one per result`,
  );
  requireThat(
    task.settlement === Settlement.posted || task.settlement === Settlement.disputed,
    'wrong_state',
    () => `task "${task.id}" has no result yet`,
  );
  requireThat(
    context.height < task.finalAtHeight,
    'too_late',
    () => `the result of task "${task.id}" could be challenged below height ${task.finalAtHeight}`,
  );
}

/** The challenge is about the result that stands, and was computed from the task's own facts. */
function checkFacts(task: TaskRecord, operation: Challenge): void {
  requireFacts(task, operation);
  requireFact(
    operation.panel === task.panels,
    () => `panel ${operation.panel}: task "${task.id}" is at panel ${task.panels}`,
  );
  requireFact(
    equalBytes(operation.postedHash, task.outputHash),
    () => `postedHash: not the result that task "${task.id}" has`,
  );
}

function checkJudge(task: TaskRecord): void {
  requireThat(
    task.verifiable,
    'not_verifiable',
    () => `task "${task.id}": no judge could compare answers of model "${task.model}" when it was submitted`,
  );
}

function checkStake(context: BlockContext, sender: Uint8Array, task: TaskRecord, bond: bigint): void {
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

function checkClaim(context: BlockContext, task: TaskRecord, operation: Challenge): void {
  requireThat(
    isZeroBytes(operation.rootCommitment),
    'malformed',
    () => 'rootCommitment: only a challenge of an int8-graph result has one, leave it zero',
  );
  checkOutput(context, task, operation);
  const posted = readTaskOutput(context.state, task.id) ?? new Uint8Array();
  requireThat(
    !equalBytes(operation.output, posted),
    'invalid_input',
    () => 'output: equal to the posted one, nothing is disputed',
  );
}

/** @param isSharing whether the reward for a conviction of this block is still to be shared out */
function checkAccused(context: BlockContext, task: TaskRecord, isSharing: boolean): void {
  const provider = requireProvider(context.state, task.assignedTo);
  requireThat(
    provider.status !== ProviderStatus.slashed || isSharing,
    'provider_slashed',
    () => `provider "${provider.id}" was convicted; this result falls at height ${task.finalAtHeight}`,
  );
}

/** Disputes a posted result before the judge of its model's class. */
export function processChallenge(context: BlockContext, sender: Uint8Array, operation: Challenge): void {
  const task = requireTask(context.state, operation.taskId);
  checkWindow(context, task);
  checkFacts(task, operation);
  if (modelClassOf(task).judge.kind === 'game') {
    checkAccused(context, task, false);
    openGame(context, sender, task, operation);
    return;
  }
  checkJudge(task);
  checkStake(context, sender, task, operation.bond);
  checkClaim(context, task, operation);
  checkAccused(context, task, isConvictedInThisBlock(context, task.assignedTo));
  const challenge = { challenger: sender, output: operation.output, bond: operation.bond };
  openDispute(context, task, challenge);
}
