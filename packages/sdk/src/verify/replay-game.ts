import { AivmError } from '@aivm/core/errors';
import {
  acceptWitness,
  type GamePosition,
  leafCountOf,
  type Move,
  type NodePlace,
  nextPosition,
  parseMove,
  runningOperator,
  tensorAt,
  traceFacts,
  treeRoot,
  type UnitVerdict,
} from '@aivm/core/network';
import type { TaskPass } from './task-pass.ts';

const LEAF_SIZE = 128;
const ARITY = 4;

/** A move of a game, as a node lists it. */
export interface ListedMove {
  readonly height: number;
  readonly game: number;
  readonly move: number;
  readonly body: Uint8Array;
}

/** What one move of a game left in dispute. */
export interface GameStep {
  readonly height: number;
  readonly move: Move['move'];
  /** Leaves of the trace that the dispute is about from now on, 128 bytes each: first, last, and how many there are. */
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly leafCount: number;
  /** Kinds of the operators that write the first and the last of them. */
  readonly operators: readonly [first: string, last: string];
  /** Of a witness: the element, what the provider committed to, and what it has to be. */
  readonly verdict?: UnitVerdict;
}

const operatorOf = ({ network }: TaskPass, leaf: number): string => {
  const { written } = runningOperator(network, tensorAt(network, leaf * LEAF_SIZE));
  return network.header.operators[written]!.kind;
};

/** The leaves below a node. */
function leavesBelow(leafCount: number, { level, index }: NodePlace): readonly [number, number] {
  const span = ARITY ** level;
  return [index * span, Math.min((index + 1) * span, leafCount) - 1];
}

/** Plays the moves of one game, in the order of the chain. Moves that the chain would refuse are refused here. */
class Replay {
  readonly #pass: TaskPass;
  readonly #weightHash: Uint8Array;
  readonly #leafCount: number;
  #root: Uint8Array | undefined;
  #position: GamePosition | undefined;

  constructor(pass: TaskPass, weightHash: Uint8Array) {
    this.#pass = pass;
    this.#weightHash = weightHash;
    this.#leafCount = leafCountOf(pass.network.traceBytes);
  }

  play(height: number, move: Move): GameStep {
    const { node, verdict } = this.#apply(move);
    const [firstLeaf, lastLeaf] = leavesBelow(this.#leafCount, node);
    return {
      height,
      move: move.move,
      firstLeaf,
      lastLeaf,
      leafCount: this.#leafCount,
      operators: [operatorOf(this.#pass, firstLeaf), operatorOf(this.#pass, lastLeaf)],
      ...(verdict === undefined ? {} : { verdict }),
    };
  }

  #apply(move: Move): { readonly node: NodePlace; readonly verdict?: UnitVerdict } {
    const { network, input } = this.#pass;
    if (move.move === 'commit' || move.move === 'point' || move.move === 'reveal') {
      const { kept, pointed } = nextPosition(this.#leafCount, this.#position, move);
      this.#position = { kept, pointed };
      if (move.move === 'commit') this.#root = treeRoot(traceFacts(network), kept.hash);
      return { node: pointed ?? kept };
    }
    if (this.#position === undefined || this.#root === undefined)
      throw new AivmError('malformed', `${move.move}: no trace is committed yet`);
    if (move.move !== 'witness') throw new AivmError('malformed', `${move.move}: no move of a single trace`);
    const roots = { trace: this.#root, blob: this.#weightHash };
    const verdict = acceptWitness(network, input, roots, this.#position.kept, move);
    return { node: { level: 0, index: move.leaf }, verdict };
  }
}

/**
 * Plays a game about the trace of a result again from its moves, and says after each of them what is still in dispute; the
 * last one is computed here. Moves are checked as the chain checks them. Offline, in a browser as well.
 *
 * @param moves of the result's games, oldest first; a commitment is for all games
 * @throws AivmError `malformed` for a move that does not follow from those before it
 * @example replayGame(passOfTask(conviction), { weightHash: conviction.weightHash, game: 0, moves: [] }) // []
 */
export function replayGame(
  pass: TaskPass,
  {
    weightHash,
    game,
    moves,
  }: { readonly weightHash: Uint8Array; readonly game: number; readonly moves: readonly ListedMove[] },
): readonly GameStep[] {
  const replay = new Replay(pass, weightHash);
  return moves
    .map(({ height, game: number, move, body }) => ({ height, number, move: parseMove(move, body) }))
    .filter(({ number, move }) => move.move === 'commit' || number === game)
    .map(({ height, move }) => replay.play(height, move));
}
