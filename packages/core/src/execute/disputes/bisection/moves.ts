import { equalBytes } from '../../../bytes/bytes.ts';
import { AivmError, requireThat } from '../../../errors/aivm-error.ts';
import {
  acceptCommitment,
  acceptReveal,
  acceptWitness,
  hashGameRoot,
  type MoveBody,
  type Network,
  ownsRightValue,
  pointAt,
  revealShape,
  type UnitVerdict,
} from '../../../network/index.ts';
import { readChain, requireProvider } from '../../../state/read.ts';
import type { TaskRecord } from '../../../state/records/task.ts';
import { type Game, GameTurn, type Trial } from '../../../state/records/trial.ts';
import type { BlockContext } from '../../context/block-context.ts';
import { commitStart, keepTime, spendReserve, startClock } from './clocks.ts';
import { endGame, startGame } from './play.ts';
import {
  leavesOfTrial,
  listedGame,
  networkInput,
  networkOfTrial,
  postedOutput,
  writeGame,
} from './trial-store.ts';

/** What a move is about. */
export interface MovePlace {
  readonly task: TaskRecord;
  readonly trial: Trial;
  readonly sender: Uint8Array;
}

function requireOperator({ state }: BlockContext, { trial, sender }: MovePlace): void {
  const { operator } = requireProvider(state, trial.provider);
  requireThat(
    equalBytes(operator, sender),
    'forbidden',
    () => `another account operates provider "${trial.provider}"`,
  );
}

function requireChallenger({ number, challenger }: Game, { sender }: MovePlace): void {
  requireThat(
    equalBytes(challenger, sender),
    'forbidden',
    () => `another account is the challenger of game ${number}`,
  );
}

function requireTurn({ number, turn }: Game, expected: GameTurn): void {
  requireThat(turn === expected, 'wrong_state', () => {
    if (turn === GameTurn.nobody) return `game ${number} has not begun`;
    return `game ${number}: the ${turn === GameTurn.provider ? 'provider' : 'challenger'} has to move`;
  });
}

const announce = (context: BlockContext, { task }: MovePlace, phase: string, game?: Game): void => {
  const number = game === undefined ? {} : { game: game.number };
  context.events.push({ kind: 'dispute', change: 'moved', taskId: task.id, phase, ...number });
};

/** The provider commits to one trace for all games, and every challenger that has a place begins. */
export function commitTrace(context: BlockContext, place: MovePlace, move: MoveBody<'commit'>): void {
  const { task, trial } = place;
  requireOperator(context, place);
  requireThat(!trial.committed, 'duplicate', () => `provider "${trial.provider}" has committed to a trace`);
  const network = networkOfTrial(context, task, trial);
  const { root, top } = acceptCommitment(network, move, postedOutput(context, task));
  const providerReserve = spendReserve(context, commitStart(trial), trial.providerReserve);
  const { traceBytes } = network;
  const committed: Trial = { ...trial, committed: true, traceBytes, root, top: top.hash, providerReserve };
  for (const number of trial.playing)
    startGame(context, committed, listedGame(context, trial, number), providerReserve);
  keepTime(context, committed);
  announce(context, place, 'committed');
}

/** The challenger points at one of the revealed nodes. */
export function pointAtNode(
  context: BlockContext,
  place: MovePlace,
  game: Game,
  move: MoveBody<'point'>,
): void {
  requireChallenger(game, place);
  requireTurn(game, GameTurn.challenger);
  const { level, index } = pointAt(leavesOfTrial(place.trial), game, move.index);
  writeGame(context, {
    ...game,
    ...startClock(context),
    turn: GameTurn.provider,
    pointedLevel: level,
    pointed: index,
    challengerReserve: spendReserve(context, game, game.challengerReserve),
  });
  keepTime(context, place.trial);
  announce(context, place, 'pointed', game);
}

/** The provider shows what is below the pointed node. */
export function revealNodes(
  context: BlockContext,
  place: MovePlace,
  game: Game,
  move: MoveBody<'reveal'>,
): void {
  requireOperator(context, place);
  requireTurn(game, GameTurn.provider);
  const pointed = { level: game.pointedLevel, index: game.pointed };
  const kept = acceptReveal(leavesOfTrial(place.trial), game, pointed, move);
  writeGame(context, {
    ...game,
    ...startClock(context),
    ...kept,
    turn: GameTurn.challenger,
    pointedLevel: 0,
    pointed: 0,
    providerReserve: spendReserve(context, game, game.providerReserve),
  });
  keepTime(context, place.trial);
  announce(context, place, 'revealed', game);
}

/** Whether the trace that the challenger committed to before it saw the provider's has the right value. */
function isClaimRight(
  context: BlockContext,
  { task, trial, sender }: MovePlace,
  game: Game,
  network: Network,
  move: MoveBody<'witness'>,
  verdict: UnitVerdict,
): boolean {
  const { ownRoot: root, salt } = move;
  const commitment = hashGameRoot({
    genesisHash: readChain(context.state).genesisHash,
    taskId: task.id,
    attempt: trial.attempt,
    ...{ root, sender, salt },
  });
  if (!equalBytes(commitment, game.rootCommitment)) return false;
  return ownsRightValue(network, root, move, verdict, { leaf: move.ownLeaf, siblings: move.ownSiblings });
}

/** The deciding move: the chain computes one element from what it follows from. */
export function judgeElement(
  context: BlockContext,
  place: MovePlace,
  game: Game,
  move: MoveBody<'witness'>,
): void {
  const { task, trial } = place;
  requireChallenger(game, place);
  requireTurn(game, GameTurn.challenger);
  const { isLeaves } = revealShape(leavesOfTrial(trial), game);
  if (!isLeaves) throw new AivmError('malformed', 'witness: no leaves are revealed yet; a point is due');
  const network = networkOfTrial(context, task, trial);
  const roots = { trace: trial.root, blob: task.weightHash };
  const verdict = acceptWitness(network, networkInput(context, task), roots, game, move);
  if (verdict.isRight) {
    endGame(context, task, trial, game, { verdict: 'rejected', claimRight: false });
    return;
  }
  endGame(context, task, trial, game, {
    verdict: 'upheld',
    claimRight: isClaimRight(context, place, game, network, move, verdict),
    reward: { weight: context.config.minProviderBond, rewardMax: undefined },
  });
}
