import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { hashCommitment } from '@aivm/core/execute';
import type { ProvenSeat, SeatFacts, TaskFacts } from '../worker-node.ts';
import { type BoundTask, bindSeat, bindTask } from './bind-task.ts';
import { computeTask } from './compute-task.ts';
import { postOperation } from './post-operation.ts';
import type { ProviderRun } from './provider-run.ts';
import type { SeatAnswer } from './seat-answer.ts';
import { voteOf } from './seat-vote.ts';

/** Results of open seats that are kept between commitment and reveal, so that they need not be computed again. */
const REMEMBERED_MAX = 256;

/** The provider's seat on the panel of a task. */
export const ownSeat = (task: TaskFacts, provider: string): SeatFacts | undefined =>
  task.panel?.seats.find((seat) => seat.provider === provider);

/**
 * What hides an output until it is revealed. It follows from the operator's key and from the task, panel and round, so a
 * provider that lost everything but its key reveals what it committed to, and a salt that was shown hides nothing else.
 */
function saltOf(task: TaskFacts, seat: ProvenSeat, run: ProviderRun): Uint8Array {
  const { deriveSecret } = run.sender;
  if (deriveSecret === undefined) {
    throw new AivmError('not_supported', 'seats of panels need a signer that derives secrets from its key');
  }
  const chain = bytesToHex(run.chain.genesisHash);
  return deriveSecret(`seat|${chain}|${task.id}|${seat.panel}|${seat.round}|${seat.provider}`);
}

/** What an output is remembered under: the task with what it bound. */
const keyOf = ({ id, inputHash, weightHash }: BoundTask): string =>
  `${bytesToHex(inputHash)}|${bytesToHex(weightHash)}|${id}`;

/** Whether the state still proves that the seat is as `isWanted` asks. */
async function isStill(
  { id: taskId }: BoundTask,
  { position, provider, panel, round }: ProvenSeat,
  isWanted: (seat: ProvenSeat) => boolean,
  run: ProviderRun,
): Promise<boolean> {
  const now = await run.node.proveSeat({ taskId, position });
  if (now === undefined || now.panel !== panel || now.round !== round) return false;
  return now.provider === provider && isWanted(now);
}

/** The vote of a seat: the remembered one, or computed again. Reports a failure; undefined where there is no vote to give. */
async function answerFor(
  task: BoundTask,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<SeatAnswer | undefined> {
  const remembered = run.remembered.get(keyOf(task));
  if (remembered !== undefined) return remembered;
  const computed = await computeTask(task, run, signal);
  if (computed === undefined) return undefined;
  if ('error' in computed) {
    const { error, detail } = computed;
    run.report({ kind: 'failed', provider: run.identity.id, taskId: task.id, error, detail });
  }
  const answer = voteOf(computed, task);
  if (answer === undefined) return undefined;
  if (run.remembered.size >= REMEMBERED_MAX) run.remembered.clear();
  run.remembered.set(keyOf(task), answer);
  return answer;
}

/** What a seat's operations are about: what the state proves of the task, the panel and the place on it. */
const factsOf = (task: BoundTask, seat: ProvenSeat) => ({
  taskId: task.id,
  provider: seat.provider,
  attempt: task.attempt,
  panel: seat.panel,
  round: seat.round,
  seat: seat.position,
  inputHash: task.inputHash,
  weightHash: task.weightHash,
});

function commitmentOf(
  task: BoundTask,
  seat: ProvenSeat,
  { vote, output }: SeatAnswer,
  run: ProviderRun,
): { readonly salt: Uint8Array; readonly commitment: Uint8Array } {
  const salt = saltOf(task, seat, run);
  const { genesisHash } = run.chain;
  const facts = factsOf(task, seat);
  return { salt, commitment: hashCommitment({ ...facts, vote, output, genesisHash, salt }) };
}

/**
 * Runs the task of a seat and commits to what came out: an output, or, of a model that may fail, why there is none. Where
 * only this machine failed the seat stays as it is, and is tried again.
 */
export async function commitSeat(
  listed: TaskFacts,
  seat: SeatFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = seat;
  const taskId = listed.id;
  const isDrawn = (now: ProvenSeat): boolean => now.status === 'drawn' && now.phase !== 'revealing';
  const proven = await bindSeat({ taskId, seat }, isDrawn, run, signal);
  if (proven === undefined) return;
  const task = await bindTask(listed, () => true, run, signal);
  if (task === undefined) return;
  const answer = await answerFor(task, run, signal);
  if (answer === undefined) return;
  const { commitment } = commitmentOf(task, proven, answer, run);
  const posting = {
    taskId,
    operation: { kind: 'commitResult', ...factsOf(task, proven), commitment },
    isWanted: () => isStill(task, proven, isDrawn, run),
  } as const;
  const height = await postOperation(posting, run, signal);
  if (height !== undefined) run.report({ kind: 'committed', provider, taskId, height });
}

/**
 * Shows what the seat committed to, once the state proves that the panel reveals. What cannot be the committed output is
 * never shown: it would be refused.
 */
export async function revealSeat(
  listed: TaskFacts,
  seat: SeatFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = seat;
  const taskId = listed.id;
  const isRevealing = (now: ProvenSeat): boolean => now.status === 'committed' && now.phase === 'revealing';
  const task = await bindTask(listed, () => true, run, signal);
  if (task === undefined) return;
  const answer = await answerFor(task, run, signal);
  if (answer === undefined) return;
  const { vote, output, computeTimeMs } = answer;
  const proven = await bindSeat({ taskId, seat }, isRevealing, run, signal);
  if (proven === undefined) return;
  const { salt, commitment } = commitmentOf(task, proven, answer, run);
  if (!equalBytes(commitment, proven.commitment)) {
    return run.report({ kind: 'unrevealable', provider, taskId });
  }
  const posting = {
    taskId,
    operation: {
      kind: 'revealResult',
      ...factsOf(task, proven),
      vote,
      output,
      computeTimeMs: BigInt(computeTimeMs),
      salt,
    },
    isWanted: () => isStill(task, proven, isRevealing, run),
  } as const;
  const height = await postOperation(posting, run, signal);
  if (height === undefined) return;
  run.remembered.delete(keyOf(task));
  run.report({ kind: 'revealed', provider, taskId, output, height });
}
