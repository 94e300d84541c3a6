import { equalBytes } from '@aivm/core/bytes';
import { parseMove } from '@aivm/core/network';
import {
  type Client,
  type Dispute,
  type GameStep,
  passOfTask,
  readDisputedFacts,
  replayGame,
} from '@aivm/sdk';
import { type ElementView, viewElement } from './element.ts';

/** A game about a network, played again in this browser. */
export interface DisputeReplay {
  readonly steps: readonly GameStep[];
  /** Of the provider's posted answer: bytes of its trace, and of the weights behind it. */
  readonly traceBytes: number;
  readonly weightBytes: number;
  /** The element that decided it; undefined while none did. */
  readonly element: ElementView | undefined;
}

/**
 * Reads the moves of a dispute and plays its game again, each move checked as the chain checks it.
 * @throws AivmError `malformed` for a move that does not follow from those before it
 */
export async function replayDispute(client: Client, dispute: Dispute): Promise<DisputeReplay> {
  const facts = await readDisputedFacts(client, dispute);
  const pass = passOfTask(facts);
  const { moves } = await client.getGameMoves(dispute.task_id, { from: dispute.opened_at_height });
  const mine = moves.find(({ move, sender }) => move !== 0 && equalBytes(sender, dispute.challenger));
  const game = mine?.game ?? 0;
  const until = dispute.settled_at_height ?? Number.POSITIVE_INFINITY;
  const played = moves.filter(({ height }) => height <= until);
  const steps = replayGame(pass, { weightHash: facts.weightHash, game, moves: played });
  const verdict = steps.at(-1)?.verdict;
  const last = played.findLast(({ move, game: number }) => move === 3 && number === game);
  const witness = last === undefined ? undefined : parseMove(last.move, last.body);
  return {
    steps,
    traceBytes: pass.network.traceBytes,
    weightBytes: pass.network.header.blobBytes,
    element:
      verdict === undefined || witness?.move !== 'witness'
        ? undefined
        : viewElement(pass.network, pass.input, witness, verdict),
  };
}
