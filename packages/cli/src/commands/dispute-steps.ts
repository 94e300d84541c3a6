import { equalBytes } from '@aivm/core/bytes';
import type { Client, Dispute, GameStep } from '@aivm/sdk';
import { toHex } from '../show.ts';

const nameOf = ([first, last]: GameStep['operators']): string =>
  first === last ? first : `${first} … ${last}`;

/** One move of a game and what it left in dispute, as a row of a table. */
export function rowOfStep({ height, move, firstLeaf, lastLeaf, leafCount, operators, verdict }: GameStep) {
  const leaves = firstLeaf === lastLeaf ? `leaf ${firstLeaf}` : `leaves ${firstLeaf}…${lastLeaf}`;
  const left = `${leaves} of ${leafCount} (${nameOf(operators)})`;
  if (verdict === undefined) return [String(height), move, left];
  const { unit, committed, right, isRight } = verdict;
  const found = isRight
    ? `is right: ${toHex(committed)}`
    : `is wrong: committed ${toHex(committed)}, computed ${toHex(right)}`;
  return [String(height), move, `${left}; element ${unit.element} of tensor ${unit.tensor} ${found}`];
}

/**
 * Reads the game of a dispute about a result of a network, move by move; the element that decided it is computed here.
 * What does not change is read once.
 *
 * @returns a function that gives the steps so far
 */
export async function createGameReader(
  client: Client,
  dispute: Dispute,
): Promise<(until: number | undefined) => Promise<readonly GameStep[]>> {
  const { passOfTask, readDisputedFacts, replayGame } = await import('@aivm/sdk');
  const facts = await readDisputedFacts(client, dispute);
  const pass = passOfTask(facts);
  return async (until = Number.POSITIVE_INFINITY) => {
    const { moves } = await client.getGameMoves(dispute.task_id, { from: dispute.opened_at_height });
    const mine = moves.find(({ move, sender }) => move !== 0 && equalBytes(sender, dispute.challenger));
    const game = mine?.game ?? 0;
    const played = moves.filter(({ height }) => height <= until);
    return replayGame(pass, { weightHash: facts.weightHash, game, moves: played });
  };
}
