import { isZeroBytes, ZERO_32 } from '../../../bytes/bytes.ts';
import { requireThat } from '../../../errors/aivm-error.ts';
import { readAccount, readChain, readTrial, requireProvider } from '../../../state/read.ts';
import type { ProviderRecord } from '../../../state/records/provider.ts';
import { NO_TIMER, Settlement, type TaskRecord } from '../../../state/records/task.ts';
import {
  GAMES_MAX,
  GAMES_OPEN_MAX,
  GAMES_PLAYED_MAX,
  type Game,
  GameTurn,
  type Trial,
} from '../../../state/records/trial.ts';
import type { OperationOf } from '../../../tx/operations/operations.ts';
import { type BlockContext, emitTask, writeProvider, writeTask } from '../../context/block-context.ts';
import { workBlocks } from '../../context/durations.ts';
import { debit, maxBigint } from '../../economy/money.ts';
import { answerSize } from '../../models/int8-graph.ts';
import { networkOf } from '../../models/network-record.ts';
import { fullReserve, keepTime } from './clocks.ts';
import { startGame } from './play.ts';
import { openCount, postedOutput, writeGame } from './trial-store.ts';

type Challenge = OperationOf<'challenge'>;

/** A stake answers for this part of the bond that it may take down. */
const BOND_PARTS = 64n;
const FEE_MULTIPLE = 10n;

/**
 * What the challenge with this number (from 0) stakes: (number + 1) × max(challengeBond, 10 × fee, ⌈bond / 64⌉). Whoever
 * fills all places of a result with games of its own has staked half of the bond 65 times over.
 */
const gameStake = (
  { params }: Pick<BlockContext, 'params'>,
  { fee }: Pick<TaskRecord, 'fee'>,
  { bond }: Pick<ProviderRecord, 'bond'>,
  number: number,
): bigint =>
  BigInt(number + 1) *
  maxBigint(params.challengeBond, maxBigint(FEE_MULTIPLE * fee, (bond + BOND_PARTS - 1n) / BOND_PARTS));

/** The first challenge of a result: its provider's time to commit begins once what it owes before is due. */
function openTrial(context: BlockContext, task: TaskRecord, provider: ProviderRecord): Trial {
  const { state, params, height } = context;
  const record = networkOf(state, task);
  const { T, N } = answerSize(record, task, postedOutput(context, task).length);
  const commitDue = Math.max(height, provider.commitDue) + workBlocks(params, task.work);
  writeProvider(context, { ...provider, commitDue });
  return {
    taskId: task.id,
    provider: provider.id,
    attempt: task.attempt,
    openedAtHeight: height,
    rows: T,
    newTokens: N,
    traceBytes: 0,
    work: task.work,
    challenges: 0,
    playing: [],
    nextWaiting: 0,
    committed: false,
    root: ZERO_32,
    top: ZERO_32,
    commitDue,
    commitStood: readChain(state).stood,
    providerReserve: fullReserve(context, task),
    timer: NO_TIMER,
    marked: false,
  };
}

/** Notes that a challenger found no place: the result is void if it survives the games that are open. */
function markResult(context: BlockContext, task: TaskRecord, trial: Trial): void {
  requireThat(
    !trial.marked,
    'duplicate',
    () => `task "${task.id}": every place is taken, and the result is marked already`,
  );
  keepTime(context, { ...trial, marked: true });
  context.events.push({ kind: 'dispute', change: 'moved', taskId: task.id, phase: 'marked' });
}

function takeStake(
  context: BlockContext,
  sender: Uint8Array,
  { bond }: Challenge,
  stake: bigint,
  number: number,
): void {
  requireThat(
    bond === 0n || bond >= stake,
    'insufficient_bond',
    () =>
      `bond ${bond}: challenge number ${number + 1} of this result stakes ${stake}; 0 agrees to any stake`,
  );
  const { balance } = readAccount(context.state, sender);
  requireThat(
    balance >= stake,
    'insufficient_balance',
    () => `the challenger has ${balance}, stakes ${stake}`,
  );
  debit(context, sender, stake, 'challenge');
}

function checkForm({ output, rootCommitment }: Challenge): void {
  requireThat(
    output.length === 0,
    'malformed',
    () =>
      'output: a challenge of an int8-graph result has none; its rootCommitment hides the root of a trace',
  );
  requireThat(!isZeroBytes(rootCommitment), 'malformed', () => 'rootCommitment: zero');
}

const newGame = (
  { height }: BlockContext,
  { taskId, challenges }: Trial,
  { challenger, rootCommitment, stake }: Pick<Game, 'challenger' | 'rootCommitment' | 'stake'>,
): Game => ({
  taskId,
  number: challenges,
  ...{ challenger, rootCommitment, stake },
  openedAtHeight: height,
  turn: GameTurn.nobody,
  level: 0,
  index: 0,
  hash: ZERO_32,
  pointedLevel: 0,
  pointed: 0,
  since: 0,
  stood: 0,
  challengerReserve: 0,
  providerReserve: 0,
});

/**
 * Opens a game about a posted result: the challenger says by a commitment which trace it holds right, and stakes what
 * its number asks. It plays at once where a place is free and the provider has committed.
 */
export function openGame(
  context: BlockContext,
  sender: Uint8Array,
  task: TaskRecord,
  operation: Challenge,
): void {
  checkForm(operation);
  const provider = requireProvider(context.state, task.assignedTo);
  const trial = readTrial(context.state, task.id) ?? openTrial(context, task, provider);
  const number = trial.challenges;
  if (openCount(trial) >= GAMES_OPEN_MAX || number >= GAMES_MAX) {
    markResult(context, task, trial);
    return;
  }
  const stake = gameStake(context, task, provider, number);
  takeStake(context, sender, operation, stake, number);
  const { rootCommitment } = operation;
  const game = newGame(context, trial, { challenger: sender, rootCommitment, stake });
  const hasPlace = trial.playing.length < GAMES_PLAYED_MAX;
  const opened: Trial = {
    ...trial,
    challenges: number + 1,
    playing: hasPlace ? [...trial.playing, number] : trial.playing,
    nextWaiting: hasPlace ? number + 1 : trial.nextWaiting,
  };
  if (hasPlace && trial.committed) startGame(context, opened, game, fullReserve(context, trial));
  else writeGame(context, game);
  keepTime(context, opened);
  context.events.push({
    kind: 'dispute',
    change: 'opened',
    taskId: task.id,
    provider: provider.id,
    challenger: sender,
    model: task.model,
    checkClass: task.checkClass,
    bond: stake,
    postedHash: task.outputHash,
    claimedHash: rootCommitment,
    game: number,
  });
  if (task.settlement === Settlement.disputed) return;
  const disputed: TaskRecord = { ...task, settlement: Settlement.disputed };
  writeTask(context, disputed);
  emitTask(context, disputed, 'disputed');
}
