import { createHash } from 'node:crypto';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Outcome } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';
import { create } from '@bufbuild/protobuf';
import type { AssembledBlock } from '../../local/node-port.ts';
import { LruCache } from '../../store/lru-cache.ts';
import type { BlockTip, HostPort } from '../host.ts';
import { heightOf, secondsOf } from './engine-time.ts';
import {
  type ExecTxResult,
  ExecTxResultSchema,
  type RequestFinalizeBlock,
  type RequestPrepareProposal,
  type RequestProcessProposal,
} from './generated/abci_pb.ts';
import { rankByLane, takeWhatFits } from './proposal-order.ts';

/**
 * What a transaction of a decided block came to, for the engine. The engine agrees on these numbers, so they do not change;
 * which refusal it was stands in `info`, and the application hash commits to it.
 */
export const RESULT_CODES = {
  /** It took effect. */
  done: 0,
  /** The block carries it, and its operation was refused. */
  refused: 1,
  /** The block does not carry it: it cannot be executed there. */
  leftOut: 2,
  /** No transaction of this chain. */
  unreadable: 3,
} as const;

const CODESPACE = 'aivm';
/** Proposals of one height that are kept executed: one for each of some rounds. */
const ASSEMBLED_MAX = 8;

/** A list of the engine's, executed on the last accepted block. */
interface ExecutedList extends AssembledBlock {
  /** One for each entry; the error of one that is no transaction. */
  readonly parsed: readonly (Transaction | AivmError)[];
}

type EngineBlock = Pick<RequestFinalizeBlock, 'txs' | 'time' | 'height'>;

/** What the engine's consensus connection asks: proposals, and the blocks that were decided. */
export class EngineBlocks {
  readonly #port: HostPort;
  readonly #executed = new LruCache<ExecutedList>(ASSEMBLED_MAX);
  #finalized: Uint8Array | undefined;
  #committing: Promise<unknown> = Promise.resolve();

  constructor(port: HostPort) {
    this.#port = port;
  }

  /** The last durable block, after a commit that is under way. */
  async lastCommitted(): Promise<BlockTip> {
    await this.#committing;
    return this.#port.lastAccepted();
  }

  /** The transactions of a proposal: of what the engine and the pool hold, what this block executes, in its order. */
  prepare({ txs, maxTxBytes, height, time }: RequestPrepareProposal): Uint8Array[] {
    this.#assertNext(height);
    const offered = new Map<string, Transaction>();
    for (const tx of this.#port.candidates()) offered.set(bytesToHex(tx.id), tx);
    for (const bytes of txs) {
      const tx = this.#parse(bytes);
      if (tx instanceof AivmError) continue;
      const id = bytesToHex(tx.id);
      if (!offered.has(id)) offered.set(id, tx);
    }
    const transactions = takeWhatFits(rankByLane([...offered.values()]), maxTxBytes);
    const { block } = this.#port.assemble({ transactions, timestamp: secondsOf(time) });
    return block.transactions.map(({ bytes }) => bytes);
  }

  /** Undefined for a proposal that every honest validator makes its own, or why it is refused. */
  refusalOf(proposal: RequestProcessProposal): AivmError | undefined {
    this.#assertNext(proposal.height);
    try {
      const { parsed, dropped, postponed } = this.#execute(proposal);
      const unreadable = parsed.find((entry) => entry instanceof AivmError);
      if (unreadable !== undefined) return unreadable;
      const [first] = dropped;
      if (first !== undefined) return first.error;
      const [waiting] = postponed;
      if (waiting === undefined) return undefined;
      return new AivmError('block_invalid', `transaction ${bytesToHex(waiting.id)} has no place in it`);
    } catch (error) {
      if (error instanceof AivmError) return error;
      throw error;
    }
  }

  /** Executes a decided block; nothing of it is kept until {@link commit}. The same block again gives the same. */
  async finalize(decided: RequestFinalizeBlock): Promise<{ appHash: Uint8Array; results: ExecTxResult[] }> {
    await this.#committing;
    this.#assertNext(decided.height);
    const executed = this.#execute(decided);
    const { block } = executed;
    this.#port.verify(block);
    this.#finalized = block.id;
    return { appHash: block.id, results: this.#resultsOf(executed) };
  }

  /** Makes the block that was finalized last durable. @throws AivmError `wrong_state` where there is none. */
  async commit(): Promise<void> {
    const id = this.#finalized;
    if (id === undefined)
      throw new AivmError('wrong_state', 'Commit: no block was finalized since the last one');
    this.#finalized = undefined;
    const committing = this.#port.accept(id);
    this.#committing = committing.catch(() => undefined);
    await committing;
    this.#executed.clear();
  }

  #assertNext(height: bigint): void {
    const next = this.#port.lastAccepted().header.height + 1;
    if (heightOf(height) === next) return;
    throw new AivmError(
      'wrong_state',
      `block ${height} on a chain whose next block is ${next}; the engine's data and the application's are not of one chain, or one of them was restored from a copy`,
    );
  }

  #parse(bytes: Uint8Array): Transaction | AivmError {
    try {
      return this.#port.parseTransaction(bytes);
    } catch (error) {
      if (error instanceof AivmError) return error;
      throw error;
    }
  }

  #execute({ txs, time, height }: EngineBlock): ExecutedList {
    const timestamp = secondsOf(time);
    const hash = createHash('sha256').update(`${height} ${timestamp} ${txs.length}`);
    for (const bytes of txs) hash.update(`/${bytes.length}/`).update(bytes);
    const key = hash.digest('hex');
    const known = this.#executed.get(key);
    if (known !== undefined) return known;
    const parsed = txs.map((bytes) => this.#parse(bytes));
    const transactions = parsed.filter((entry): entry is Transaction => !(entry instanceof AivmError));
    const executed = { ...this.#port.assemble({ transactions, timestamp }), parsed };
    this.#executed.set(key, executed);
    return executed;
  }

  /** One result for each entry of the list, in its order. An entry that stands there twice counts where it stands first. */
  #resultsOf({ block, parsed, dropped, postponed }: ExecutedList): ExecTxResult[] {
    const execution = this.#port.executionOf(block.id);
    const left = new Map(block.transactions.map(({ id }, index) => [bytesToHex(id), index]));
    const reasons = new Map(dropped.map(({ tx, error }) => [bytesToHex(tx.id), error]));
    const waiting = new Set(postponed.map(({ id }) => bytesToHex(id)));
    return parsed.map((entry) => {
      if (entry instanceof AivmError) return failed(RESULT_CODES.unreadable, entry);
      const id = bytesToHex(entry.id);
      const index = left.get(id);
      left.delete(id);
      const outcome = index === undefined ? undefined : execution?.outcomes[index];
      if (index !== undefined && outcome !== undefined)
        return ofOutcome(outcome, execution?.details[index] ?? '');
      const reason = reasons.get(id);
      if (reason !== undefined) return failed(RESULT_CODES.leftOut, reason);
      const why = waiting.has(id)
        ? 'found no room, or lacks an earlier nonce'
        : 'stands in this block already';
      return failed(RESULT_CODES.leftOut, new AivmError('wrong_state', why));
    });
  }
}

const ofOutcome = ({ code, work }: Outcome, detail: string): ExecTxResult =>
  create(ExecTxResultSchema, {
    code: code === '' ? RESULT_CODES.done : RESULT_CODES.refused,
    codespace: code === '' ? '' : CODESPACE,
    info: code,
    log: detail,
    gasWanted: BigInt(work),
    gasUsed: BigInt(work),
  });

const failed = (code: number, { code: info, detail }: AivmError): ExecTxResult =>
  create(ExecTxResultSchema, { code, codespace: CODESPACE, info, log: detail });
