import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { burn } from '../economy/money.ts';
import { adjustReputation, REPUTATION_STEP } from '../economy/reputation.ts';
import { checkOutput } from '../models/check-output.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { ownProvider } from '../providers/own-provider.ts';
import { abandonAttempt, refundAttempt } from '../settlement/attempt.ts';
import { postResult } from '../settlement/optimistic.ts';
import { requireFacts } from '../tasks/facts.ts';
import { endObligation } from '../tasks/obligations.ts';

type SubmitResult = OperationOf<'submitResult'>;

/** Errors of different operators that end a task. An operator is drawn once for a task. */
const ERRORS_MAX = 2;

function checkTurn(context: BlockContext, task: TaskRecord, sender: Uint8Array, provider: string): void {
  if (task.assignedTo !== provider) {
    const wasDrawn = task.pastOperators.some((past) => equalBytes(past, sender));
    if (wasDrawn) throw new AivmError('too_late', `task "${task.id}" was taken from provider "${provider}"`);
    throw new AivmError('forbidden', `task "${task.id}" is not assigned to provider "${provider}"`);
  }
  requireThat(
    task.status === TaskStatus.assigned,
    'duplicate',
    () => `task "${task.id}" has a result of provider "${provider}"`,
  );
  requireThat(
    context.height < task.timeoutHeight,
    'too_late',
    () => `task "${task.id}" had to be answered below height ${task.timeoutHeight}`,
  );
}

function checkAnswer(context: BlockContext, task: TaskRecord, operation: SubmitResult): void {
  if (operation.error === '') checkOutput(context, task, operation);
  else
    requireThat(
      operation.output.length === 0 && operation.sessionSignature.length === 0,
      'malformed',
      () => 'output, sessionSignature: a result with an error has none',
    );
}

/** The error of a model that has an output for every input is the provider's failure, as a timeout is. */
function failAttempt(context: BlockContext, task: TaskRecord, operator: Uint8Array, error: string): void {
  endObligation(context, task, { failed: true });
  adjustReputation(context, operator, REPUTATION_STEP.failed);
  abandonAttempt(context, task, 'provider_error', error);
}

/**
 * Any other error may be the task's own: it pays nothing and costs no reputation, else tasks that nobody can run would
 * put operators below the draw limit. Two operators that say so end the task, and half of the escrow is burned: work that
 * nobody can do must not be free.
 */
function noteError(context: BlockContext, task: TaskRecord, error: string): void {
  endObligation(context, task, { failed: false });
  const noted: TaskRecord = { ...task, errors: task.errors + 1 };
  if (noted.errors < ERRORS_MAX) {
    abandonAttempt(context, noted, 'provider_error', error);
    return;
  }
  const burned = noted.escrow / 2n;
  burn(context, burned);
  const rest = { ...noted, escrow: noted.escrow - burned, burned: noted.burned + burned };
  refundAttempt(context, rest, 'provider_error', error);
}

/** The drawn provider answers, or says that it cannot: an error ends the attempt. */
export function processSubmitResult(
  context: BlockContext,
  sender: Uint8Array,
  operation: SubmitResult,
): void {
  const task = requireTask(context.state, operation.taskId);
  const provider = ownProvider(context, sender, operation.provider);
  requireThat(
    provider.status !== ProviderStatus.slashed,
    'provider_slashed',
    () => `provider "${provider.id}" was convicted`,
  );
  requireThat(task.n === 0, 'wrong_state', () => `task "${task.id}" is redundant: seats commit and reveal`);
  checkTurn(context, task, sender, provider.id);
  requireFacts(task, operation);
  checkAnswer(context, task, operation);
  if (operation.error === '') {
    postResult(context, task, operation);
    return;
  }
  if (modelClassOf(task).isTotal) failAttempt(context, task, provider.operator, operation.error);
  else noteError(context, task, operation.error);
}
