import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  committedView,
  createCommitment,
  createReveal,
  createWitness,
  ELEMENT_SIZE,
  firstDifference,
  type GamePosition,
  leafCountOf,
  type Move,
  nextPosition,
  openLeaves,
  parseMove,
  type ShownEntries,
  shapeOf,
  unitAt,
} from '@aivm/core/network';
import type { Game, GameMoveFacts, Trial } from '../worker-node.ts';
import type { ComputedTrace } from './own-traces.ts';

const LEAF_SIZE = 128;

/** What the challenger adds to a witness: proof that its own trace was right before it saw the other. */
export interface OwnClaim {
  readonly salt: Uint8Array;
}

/** The provider's answer to the first challenge of a result. */
export const commitMove = ({ network, trace }: ComputedTrace): Move => ({
  move: 'commit',
  ...createCommitment(network, trace),
});

/** What the provider shows below the node that a challenger points at. */
export const revealMove = ({ trace }: ComputedTrace, game: Game): Move => ({
  move: 'reveal',
  ...createReveal(trace, game, { level: game.pointedLevel, index: game.pointed }),
});

/**
 * What the provider has shown to the challenger of `game` so far. The moves are the node's word: they are played again from
 * the committed top, and must end where the state says that the game stands.
 *
 * @throws AivmError `malformed` where they do not
 */
export function replayMoves(
  trial: Trial,
  game: Game,
  moves: readonly GameMoveFacts[],
): readonly ShownEntries[] {
  const leafCount = leafCountOf(trial.traceBytes);
  const own = moves
    .map(({ game: number, move, body }) => ({ number, move: parseMove(move, body) }))
    .filter(({ number, move }) => move.move === 'commit' || number === game.number);
  const shown: ShownEntries[] = [];
  let position: GamePosition | undefined;
  for (const { move } of own) {
    if (move.move !== 'commit' && move.move !== 'point' && move.move !== 'reveal') continue;
    // Moves before the commitment that the state has are of an earlier result.
    if (move.move !== 'commit' && position === undefined) continue;
    const next = nextPosition(leafCount, position, move);
    if (move.move === 'commit' && !equalBytes(next.kept.hash, trial.top)) continue;
    if (move.move === 'commit') shown.length = 0;
    if (move.move !== 'point') shown.push({ node: next.kept, entries: move.entries });
    position = next;
  }
  const kept = position?.kept;
  if (
    kept === undefined ||
    kept.level !== game.level ||
    kept.index !== game.index ||
    !equalBytes(kept.hash, game.hash)
  )
    throw new AivmError(
      'malformed',
      `game ${game.number} of task ${game.taskId}: the node’s moves do not lead to its state`,
    );
  return shown;
}

/**
 * The challenger's next move: the leftmost difference, or the witness of the first wrong element. Undefined where nothing
 * that was shown differs from this machine's own trace.
 */
export function challengerMove(
  own: ComputedTrace,
  shown: readonly ShownEntries[],
  { salt }: OwnClaim,
): Move | undefined {
  const { network, input, trace, ready } = own;
  const last = shown[shown.length - 1]!;
  const difference = firstDifference(trace, last.node, last.entries);
  if (difference === undefined) return undefined;
  if (last.node.level > 3) return { move: 'point', index: difference };
  const leaf = difference;
  const committed = committedView(network, trace, shown);
  const start = leaf * LEAF_SIZE;
  const mine = trace.bytes.subarray(start, start + LEAF_SIZE);
  const byte = mine.findIndex((value, i) => value !== committed.bytes[start + i]);
  const element = Math.floor(byte / ELEMENT_SIZE[shapeOf(network, unitAt(network, leaf, 0).tensor).type]);
  const blob = { bytes: ready.blob, tree: ready.blobTree() };
  const ownLeaf = new Uint8Array(LEAF_SIZE);
  ownLeaf.set(mine);
  return {
    move: 'witness',
    ...createWitness(network, input, { leaf, element }, committed, blob),
    ownRoot: trace.tree.root,
    salt,
    ownLeaf,
    ownSiblings: openLeaves(trace.tree, [leaf]),
  };
}
