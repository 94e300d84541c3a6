import { AivmError } from '../../errors/aivm-error.ts';
import { acceptReveal, hashOfReveal, type KeptNode, type NodePlace, pointAt, topOf } from './descent.ts';
import type { Move } from './moves.ts';

/** Where a game stands between two moves: the node that was shown last, and the one below it that was pointed at since. */
export interface GamePosition {
  readonly kept: KeptNode;
  readonly pointed?: NodePlace | undefined;
}

/**
 * Where a game stands behind a move: a commitment begins it, a point and a reveal go on from `position`.
 *
 * @throws AivmError `malformed` for a move that does not follow from `position`
 */
export function nextPosition(
  leafCount: number,
  position: GamePosition | undefined,
  move: Extract<Move, { move: 'commit' | 'point' | 'reveal' }>,
): GamePosition {
  if (move.move === 'commit') {
    const top = topOf(leafCount);
    return { kept: { ...top, hash: hashOfReveal(leafCount, top, move.entries) } };
  }
  if (position === undefined) throw new AivmError('malformed', `${move.move}: no trace is committed yet`);
  const { kept, pointed } = position;
  if (move.move === 'point') return { kept, pointed: pointAt(leafCount, kept, move.index) };
  if (pointed === undefined) throw new AivmError('malformed', 'reveal: nothing was pointed at');
  return { kept: acceptReveal(leafCount, kept, pointed, move) };
}
