import { createBlock, type StatelessBlock, TIMESTAMP_MAX } from '../../block/block.ts';
import { canonicalOrder } from '../../block/canonical-order.ts';
import type { StatelessVertex } from '../../block/vertex.ts';
import { vertexSequence } from '../../block/vertex-order.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import type { AivmError } from '../../errors/aivm-error.ts';
import type { KernelBackend } from '../../kernels/backend.ts';
import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { markBlock, revertBlock } from '../context/block-mark.ts';
import { BlockRoom, type BlockUsage, laneOf, roomOf, vertexRoom } from '../context/block-room.ts';
import { isRejection } from '../context/rejection.ts';
import type { ExecutionResult, Outcome } from '../context/result.ts';
import { applyTransaction } from './apply-transaction.ts';
import { idleVertices, takenLane, vertexUsage } from './block-lanes.ts';
import { type BlockParent, beginBlock, createContext, createHeader, finishBlock } from './execute-block.ts';
import { selectVertices } from './vertices.ts';

/** A block proposal and what it left out. */
export interface BuiltBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
  /** Transactions that can never be in a block on this parent. */
  readonly dropped: readonly { readonly tx: Transaction; readonly error: AivmError }[];
  /** Transactions that wait for room or for an earlier nonce, those of vertices included. */
  readonly postponed: readonly Transaction[];
  /** Vertices on offer of which the block would have executed less than a quarter: it carries them not. */
  readonly idle: readonly StatelessVertex[];
}

/**
 * Of the candidates, by arrival, those that a block tries: answers and disputes up to what they can have if all take
 * effect, and others up to what is theirs. What does not take effect is found out when it runs.
 */
function selectCandidates(
  context: BlockContext,
  made: Proposal,
  candidates: readonly Transaction[],
): Transaction[] {
  const rooms = {
    plain: BlockRoom.ofLane(context.params, 'plain'),
    answers: BlockRoom.ofLane(context.params, 'answers'),
    disputes: BlockRoom.ofLane(context.params, 'disputes'),
  };
  const selected: Transaction[] = [];
  for (const tx of candidates) {
    (rooms[laneOf(tx.operation.kind)].take(tx) ? selected : made.postponed).push(tx);
  }
  return selected;
}

/** Collects what a block executes. */
class Proposal {
  readonly transactions: Transaction[] = [];
  readonly outcomes: Outcome[] = [];
  readonly details: string[] = [];
  readonly dropped: { tx: Transaction; error: AivmError }[] = [];
  readonly postponed: Transaction[] = [];
  readonly #context: BlockContext;

  constructor(context: BlockContext) {
    this.#context = context;
  }

  /** Executes a transaction of a vertex, whose room is taken already. */
  executeOfVertex(tx: Transaction): void {
    this.#execute(tx, () => true);
  }

  /** Executes a transaction if its lane has room, which depends on whether it takes effect. */
  execute(tx: Transaction, usage: BlockUsage): void {
    this.#execute(tx, (outcome) => usage.take(takenLane(tx, outcome), roomOf(tx)));
  }

  #execute(tx: Transaction, hasRoom: (outcome: Outcome) => boolean): void {
    const mark = markBlock(this.#context);
    try {
      const { outcome, error } = applyTransaction(this.#context, tx);
      if (!hasRoom(outcome)) {
        revertBlock(this.#context, mark);
        this.postponed.push(tx);
        return;
      }
      this.transactions.push(tx);
      this.outcomes.push(outcome);
      this.details.push(error?.detail ?? '');
    } catch (error) {
      if (!isRejection(error)) throw error;
      if (error.code === 'nonce_gap') this.postponed.push(tx);
      else this.dropped.push({ tx, error });
    }
  }
}

/** So often a proposal is begun again without vertices that would execute too little; then it does without any. */
const VERTEX_ROUNDS = 8;

interface ChosenVertices {
  readonly made: Proposal;
  readonly vertices: readonly StatelessVertex[];
  readonly idle: readonly StatelessVertex[];
}

/** Executes the vertices on offer that have their place, fit, and execute at least a quarter of their bytes. */
function executeVertices(
  context: BlockContext,
  offered: readonly StatelessVertex[],
  { isShared }: { readonly isShared: boolean },
): ChosenVertices {
  const mark = markBlock(context);
  const idle: StatelessVertex[] = [];
  let left = offered;
  for (let round = 0; round < VERTEX_ROUNDS; round++) {
    const room = new BlockRoom(vertexRoom(context.params, { isShared }));
    const vertices = selectVertices(context, room, left, idle);
    const made = new Proposal(context);
    for (const tx of vertexSequence(context.parentId, vertices)) made.executeOfVertex(tx);
    const unused = idleVertices(vertices, made.transactions);
    if (unused.length === 0) return { made, vertices, idle };
    revertBlock(context, mark);
    idle.push(...unused);
    const gone = new Set(unused);
    left = left.filter((vertex) => !gone.has(vertex));
  }
  return { made: new Proposal(context), vertices: [], idle };
}

/** What to make a block of. */
export interface BlockProposal {
  readonly parent: BlockParent;
  /** Seconds, not below the parent's. */
  readonly timestamp: number;
  /** 32 bytes of the host's randomness; zero by default. */
  readonly beacon?: Uint8Array | undefined;
  /** By arrival, a sender's in nonce order. The block carries in canonical order what fits. */
  readonly candidates: readonly Transaction[];
  /**
   * Accepted vertices that no earlier block executed, each once, in any order. Before the candidates the block executes
   * those that have their place and fit.
   */
  readonly vertices?: readonly StatelessVertex[];
  /** The engine of the kernels; the reference by default. */
  readonly kernels?: KernelBackend;
}

/** Proposes a block on `parent`. */
export function buildBlock(proposal: BlockProposal): BuiltBlock {
  const { parent, timestamp, beacon, candidates, vertices: offered = [], kernels } = proposal;
  if (timestamp < parent.header.timestamp || timestamp > TIMESTAMP_MAX) {
    throw new RangeError(`timestamp: expected ${parent.header.timestamp}…${TIMESTAMP_MAX}, got ${timestamp}`);
  }
  const context = createContext(parent, { timestamp, beacon }, kernels);
  beginBlock(context);
  const isShared = candidates.length > 0;
  const { made, vertices, idle } = executeVertices(context, offered, { isShared });
  const usage = vertexUsage(context, vertices, made);
  const ofVertices = new Set(vertexSequence(parent.id, vertices).map(({ id }) => bytesToHex(id)));
  const others = candidates.filter(({ id }) => !ofVertices.has(bytesToHex(id)));
  const selected = selectCandidates(context, made, others);
  for (const tx of canonicalOrder(parent.id, selected)) made.execute(tx, usage);
  const { transactions, outcomes, details, dropped, postponed } = made;
  const result = finishBlock(context, parent.state, { outcomes, details });
  const header = createHeader(context, { transactions, vertices }, result);
  return { block: createBlock(header, transactions, vertices), result, dropped, postponed, idle };
}
