import { type BlockHeader, blockHeaderCodec, type StatelessBlock, TIMESTAMP_MAX } from '../../block/block.ts';
import { isCanonicalOrder } from '../../block/canonical-order.ts';
import { vertexSequence } from '../../block/vertex-order.ts';
import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import type { KernelBackend } from '../../kernels/backend.ts';
import type { Transaction } from '../../tx/transaction.ts';
import { transactionWork } from '../../tx/work.ts';
import type { BlockContext } from '../context/block-context.ts';
import { BlockRoom, roomOf, roomOfVertex, vertexRoom, vertexWork } from '../context/block-room.ts';
import { isRejection } from '../context/rejection.ts';
import type { ExecutionResult, Outcome } from '../context/result.ts';
import { applyTransaction } from './apply-transaction.ts';
import { idleVertices, takenLane, vertexUsage } from './block-lanes.ts';
import { type BlockParent, beginBlock, createContext, createHeader, finishBlock } from './execute-block.ts';
import { checkVertices } from './vertices.ts';

const invalid = (condition: boolean, detail: () => string): void =>
  requireThat(condition, 'block_invalid', detail);

function checkPlace(parent: BlockParent, header: BlockHeader): void {
  invalid(equalBytes(header.parentId, parent.id), () => 'parentId: not the parent');
  invalid(header.chainId === parent.header.chainId, () => `chainId: ${header.chainId}`);
  invalid(
    header.height === parent.header.height + 1,
    () => `height: ${header.height} on a parent at ${parent.header.height}`,
  );
  invalid(
    header.timestamp >= parent.header.timestamp,
    () => `timestamp: ${header.timestamp} is before the parent's ${parent.header.timestamp}`,
  );
  invalid(
    header.timestamp <= TIMESTAMP_MAX,
    () => `timestamp: ${header.timestamp}, at most ${TIMESTAMP_MAX}`,
  );
}

/** Whether a host vouches for the beacon of a header: throws `block_invalid` where it does not. */
export type BeaconCheck = (header: BlockHeader) => void;

/** The check of a chain whose host gives no beacons. */
const refuseBeacon: BeaconCheck = ({ beacon }) =>
  invalid(isZeroBytes(beacon), () => `beacon: ${bytesToHex(beacon)}, this chain's host gives none`);

const ownTransactions = ({ transactions, vertexTransactionCount }: StatelessBlock): readonly Transaction[] =>
  transactions.slice(vertexTransactionCount);

/** Every transaction that the block carries counts, also one of a vertex that is not executed. */
function checkLimits(context: BlockContext, block: StatelessBlock): void {
  const { params, height } = context;
  const { bytes, vertices } = block;
  const own = ownTransactions(block);
  invalid(
    bytes.length <= params.maxBlockBytes,
    () => `${bytes.length} bytes, at most ${params.maxBlockBytes}`,
  );
  const count = vertices.reduce((sum, vertex) => sum + roomOfVertex(vertex, height).count, own.length);
  invalid(
    count <= params.maxBlockTransactions,
    () => `${count} transactions, at most ${params.maxBlockTransactions}`,
  );
  const ownWork = own.reduce((sum, tx) => sum + transactionWork(tx), 0);
  const work = vertices.reduce((sum, vertex) => sum + vertexWork(vertex, height), ownWork);
  invalid(work <= params.maxBlockWork, () => `${work} units of work, at most ${params.maxBlockWork}`);
  const room = new BlockRoom(vertexRoom(params, { isShared: own.length > 0 }));
  invalid(
    vertices.every((vertex) => room.takeVertex(vertex, height)),
    () => `${vertices.length} vertices take more than their part of a block`,
  );
}

/** Names the first member in which the header differs from what execution gave. */
function checkHeader(header: BlockHeader, expected: BlockHeader): void {
  for (const member of blockHeaderCodec.members ?? []) {
    const name = member.name as keyof BlockHeader;
    const same = equalBytes(serialize(member.codec, header[name]), serialize(member.codec, expected[name]));
    invalid(same, () => `${name}: execution gives another value`);
  }
}

/** Runs a block's transactions and holds what it says about them against what happens. */
class Replay {
  readonly outcomes: Outcome[] = [];
  readonly details: string[] = [];
  readonly #context: BlockContext;

  constructor(context: BlockContext) {
    this.#context = context;
  }

  /** The vertices' transactions: exactly those that can be executed are. */
  runVertices({ header, vertices, transactions, vertexTransactionCount }: StatelessBlock): void {
    for (const tx of vertexSequence(header.parentId, vertices)) {
      const place = this.outcomes.length;
      const next = place < vertexTransactionCount ? transactions[place] : undefined;
      const isNext = next !== undefined && equalBytes(next.id, tx.id);
      const refusal = this.#run(tx);
      if (refusal === undefined) {
        invalid(isNext, () => `transaction ${bytesToHex(tx.id)} of a vertex is left out`);
      } else if (isNext) throw refused(place, refusal);
    }
    invalid(
      this.outcomes.length === vertexTransactionCount,
      () => 'transactions of vertices in another order',
    );
    const [idle] = idleVertices(vertices, transactions.slice(0, vertexTransactionCount));
    invalid(
      idle === undefined,
      () => `vertex ${bytesToHex(idle?.id ?? header.parentId)}: less than a quarter of it is executed`,
    );
  }

  /** The block's own transactions: each fits the lane that its outcome puts it into. */
  runOwn({ transactions, vertices, vertexTransactionCount }: StatelessBlock): void {
    const executed = transactions.slice(0, vertexTransactionCount);
    const usage = vertexUsage(this.#context, vertices, { transactions: executed, outcomes: this.outcomes });
    for (const tx of transactions.slice(vertexTransactionCount)) {
      const place = this.outcomes.length;
      const refusal = this.#run(tx);
      if (refusal !== undefined) throw refused(place, refusal);
      const outcome = this.outcomes[place];
      const lane = outcome === undefined ? 'plain' : takenLane(tx, outcome);
      invalid(
        usage.take(lane, roomOf(tx)),
        () => `transaction ${place}: no room left for it (lane: ${lane})`,
      );
    }
  }

  /** @returns why the transaction can be in no block; nothing has changed then. */
  #run(tx: Transaction): AivmError | undefined {
    try {
      const { outcome, error } = applyTransaction(this.#context, tx);
      this.outcomes.push(outcome);
      this.details.push(error?.detail ?? '');
      return undefined;
    } catch (cause) {
      if (!isRejection(cause)) throw cause;
      return cause;
    }
  }
}

const refused = (place: number, cause: AivmError): AivmError =>
  new AivmError('block_invalid', `transaction ${place}: ${cause.message}`, { cause });

function checkNamed(context: BlockContext, { vertices }: StatelessBlock): void {
  try {
    checkVertices(context, vertices);
  } catch (cause) {
    if (!isRejection(cause)) throw cause;
    throw new AivmError('block_invalid', cause.message, { cause });
  }
}

/**
 * Re-executes a block on its parent and compares every member of its header. Nothing is stored. That its vertices are
 * accepted, new and after their parents in the chain is for the keeper of the chain to check: the state does not hold
 * how transactions came into blocks.
 * @throws AivmError `block_invalid`
 */
export function verifyBlock({
  parent,
  block,
  kernels,
  checkBeacon = refuseBeacon,
}: {
  readonly parent: BlockParent;
  readonly block: StatelessBlock;
  /** As for building. */
  readonly kernels?: KernelBackend;
  /** Throws `block_invalid` for a beacon that the host does not vouch for; refuses all but zero by default. */
  readonly checkBeacon?: BeaconCheck | undefined;
}): ExecutionResult {
  const { header, transactions, vertices } = block;
  checkPlace(parent, header);
  checkBeacon(header);
  const context = createContext(parent, header, kernels);
  checkLimits(context, block);
  const own = ownTransactions(block);
  invalid(isCanonicalOrder(parent.id, own), () => 'transactions are not in canonical order');
  beginBlock(context);
  checkNamed(context, block);
  const replay = new Replay(context);
  replay.runVertices(block);
  replay.runOwn(block);
  const result = finishBlock(context, parent.state, replay);
  checkHeader(header, createHeader(context, { transactions, vertices }, result));
  return result;
}
