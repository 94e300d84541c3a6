import { AivmError, assert } from '../../../errors/aivm-error.ts';
import { leafCountOf, type Network, type NetworkInput, topOf } from '../../../network/index.ts';
import { stateKeys } from '../../../state/keys.ts';
import { readGame, readTaskInput, readTaskOutput, readTrial } from '../../../state/read.ts';
import { NETWORK_FORMS } from '../../../state/records/network.ts';
import type { TaskRecord } from '../../../state/records/task.ts';
import { type Game, gameCodec, type Trial, trialCodec } from '../../../state/records/trial.ts';
import type { BlockContext } from '../../context/block-context.ts';
import { createTaskNetwork, networkOf, tokensOf } from '../../models/network-record.ts';

export const writeTrial = ({ state }: BlockContext, trial: Trial): void =>
  state.setRecord(stateKeys.trial(trial.taskId), trialCodec, trial);

export const writeGame = ({ state }: BlockContext, game: Game): void =>
  state.setRecord(stateKeys.game(game.taskId, game.number), gameCodec, game);

/** Games that wait for a place among those that are played. */
const waitingCount = ({ challenges, nextWaiting }: Trial): number => challenges - nextWaiting;

/** Games that are not over. */
export const openCount = (trial: Trial): number => trial.playing.length + waitingCount(trial);

/** Numbers of the games that are not over, in the order in which they began or will begin. */
export const openGames = (trial: Trial): readonly number[] => [
  ...trial.playing,
  ...Array.from({ length: waitingCount(trial) }, (_, i) => trial.nextWaiting + i),
];

/** @throws AivmError `wrong_state` where nobody has challenged the result that stands. */
export function requireTrial({ state }: BlockContext, taskId: string): Trial {
  const trial = readTrial(state, taskId);
  if (trial === undefined)
    throw new AivmError('wrong_state', `no game about the result of task "${taskId}" is open`);
  return trial;
}

/** A game that is not over. @throws AivmError `wrong_state`. */
export function requireGame({ state }: BlockContext, { taskId }: Trial, number: number): Game {
  const game = readGame(state, taskId, number);
  if (game === undefined)
    throw new AivmError('wrong_state', `game ${number} about the result of task "${taskId}" is not open`);
  return game;
}

/** A game of the trial's own lists. */
export function listedGame({ state }: BlockContext, { taskId }: Trial, number: number): Game {
  const game = readGame(state, taskId, number);
  assert(game !== undefined, 'a trial lists a game that is not there');
  return game;
}

export const leavesOfTrial = ({ traceBytes }: Trial): number => leafCountOf(traceBytes);

/** The node that a game begins below. */
export const topOfTrial = (trial: Trial) => ({ ...topOf(leavesOfTrial(trial)), hash: trial.top });

/** The network that a trial is about, for the text of its task. */
export const networkOfTrial = ({ state }: BlockContext, task: TaskRecord, trial: Trial): Network =>
  createTaskNetwork(state, task, { T: trial.rows, N: trial.newTokens });

/** The output that a trial is about. */
export function postedOutput({ state }: BlockContext, { id }: TaskRecord): Uint8Array {
  const output = readTaskOutput(state, id);
  assert(output !== undefined, 'a dispute without a posted output');
  return output;
}

/** What the network of a task is run on: its input, or its text with the posted tokens. */
export function networkInput(context: BlockContext, task: TaskRecord): NetworkInput {
  const bytes = readTaskInput(context.state, task.id);
  assert(bytes !== undefined, 'a task without its input');
  const record = networkOf(context.state, task);
  const form = NETWORK_FORMS[record.form];
  if (form === 'map') return { bytes, tokens: new Uint32Array() };
  const prompt = tokensOf(bytes, record.vocabulary, 'input');
  if (form === 'encoder') return { bytes, tokens: prompt };
  const posted = tokensOf(postedOutput(context, task), record.vocabulary, 'output');
  return { bytes, tokens: Uint32Array.of(...prompt, ...posted) };
}
