import { createHash } from 'node:crypto';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Outcome } from '@aivm/core/execute';
import { readChain } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { create } from '@bufbuild/protobuf';
import type { SigningUpdate } from '../../anchors/validators/anchor-signatures.ts';
import type { EngineValidator } from '../../anchors/validators/signing-state.ts';
import { isAnswer } from '../../anchors/validators/vote-extension.ts';
import type { AssembledBlock } from '../../local/node-port.ts';
import { LruCache } from '../../store/lru-cache.ts';
import type { BlockTip, HostPort } from '../host.ts';
import type { AnchorVotes } from './anchor-votes.ts';
import { heightOf, secondsOf } from './engine-time.ts';
import {
  type CommitInfo,
  type ExecTxResult,
  ExecTxResultSchema,
  type ExtendedCommitInfo,
  type RequestFinalizeBlock,
  type RequestPrepareProposal,
  type RequestProcessProposal,
} from './generated/abci_pb.ts';
import { engineBytesOf, rankByLane, takeWhatFits } from './proposal-order.ts';

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

/** A validator that voted for the block, and not for none. */
const COMMITTED = 2;

/** A list of the engine's, executed on the last accepted block. */
interface ExecutedList extends AssembledBlock {
  /** One for each entry; the error of one that is no transaction. */
  readonly parsed: readonly (Transaction | AivmError)[];
}

type EngineBlock = Pick<RequestFinalizeBlock, 'txs' | 'time' | 'height'>;

/** What the engine's consensus connection asks: proposals, and the blocks that were decided. */
export class EngineBlocks {
  readonly #port: HostPort;
  readonly #votes: AnchorVotes;
  readonly #executed = new LruCache<ExecutedList>(ASSEMBLED_MAX);
  #finalized: { readonly id: Uint8Array; readonly signing: SigningUpdate | undefined } | undefined;
  #committing: Promise<unknown> = Promise.resolve();

  constructor(port: HostPort, votes: AnchorVotes) {
    this.#port = port;
    this.#votes = votes;
  }

  /** The last durable block, after a commit that is under way. */
  async lastCommitted(): Promise<BlockTip> {
    await this.#committing;
    return this.#port.lastAccepted();
  }

  /**
   * The entries of a proposal: what the last votes say of anchors, where they say something, then of what the engine and the
   * pool hold, what this block executes, in its order.
   */
  prepare({ txs, maxTxBytes, height, time, localLastCommit }: RequestPrepareProposal): Uint8Array[] {
    this.#assertNext(height);
    const votes = (localLastCommit?.votes ?? [])
      .filter(({ blockIdFlag }) => blockIdFlag === COMMITTED)
      .map(({ validator, voteExtension: extension }) => ({
        consensus: validator?.address ?? new Uint8Array(0),
        extension,
      }));
    const answer = this.#votes.prepare(heightOf(height), votes, validatorsOf(localLastCommit));
    const offered = new Map<string, Transaction>();
    for (const tx of this.#port.candidates()) offered.set(bytesToHex(tx.id), tx);
    for (const bytes of txs) {
      const tx = this.#parse(bytes);
      if (tx instanceof AivmError) continue;
      const id = bytesToHex(tx.id);
      if (!offered.has(id)) offered.set(id, tx);
    }
    const room = answer === undefined ? maxTxBytes : maxTxBytes - BigInt(engineBytesOf(answer.length));
    const transactions = takeWhatFits(rankByLane([...offered.values()]), room);
    const { block } = this.#port.assemble({ transactions, timestamp: secondsOf(time) });
    const entries = block.transactions.map(({ bytes }) => bytes);
    return answer === undefined ? entries : [answer, ...entries];
  }

  /** Undefined for a proposal that every honest validator makes its own, or why it is refused. */
  refusalOf(proposal: RequestProcessProposal): AivmError | undefined {
    this.#assertNext(proposal.height);
    const { answer, txs } = entriesOf(proposal.txs);
    const validators = validatorsOf(proposal.proposedLastCommit);
    const refusal = this.#votes.refusalOfAnswer(heightOf(proposal.height), answer, validators);
    if (refusal !== undefined) return refusal;
    try {
      const { parsed, dropped, postponed } = this.#execute({ ...proposal, txs });
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
    const { answer, txs } = entriesOf(decided.txs);
    const executed = this.#execute({ ...decided, txs });
    const { block } = executed;
    this.#port.verify(block);
    const results = this.#resultsOf(executed);
    // The first entry is an answer by its name alone, so that every node says the same of it.
    if (answer !== undefined) results.unshift(create(ExecTxResultSchema, { code: RESULT_CODES.done }));
    this.#finalized = { id: block.id, signing: this.#signingOf(block.id, answer, decided) };
    return { appHash: block.id, results };
  }

  /** Makes the block that was finalized last durable. @throws AivmError `wrong_state` where there is none. */
  async commit(): Promise<void> {
    const finalized = this.#finalized;
    if (finalized === undefined)
      throw new AivmError('wrong_state', 'Commit: no block was finalized since the last one');
    this.#finalized = undefined;
    const committing = this.#port.accept(finalized.id, finalized.signing);
    this.#committing = committing.catch(() => undefined);
    await committing;
    this.#executed.clear();
  }

  #signingOf(
    id: Uint8Array,
    answer: Uint8Array | undefined,
    { height, decidedLastCommit }: RequestFinalizeBlock,
  ): SigningUpdate | undefined {
    const execution = this.#port.executionOf(id);
    if (execution === undefined) return undefined;
    return this.#votes.update({
      height: heightOf(height),
      raw: answer,
      validators: validatorsOf(decidedLastCommit),
      anchorCount: Number(readChain(execution.state).anchorCount),
    });
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

/** What votes say of anchors, which stands first, apart from the transactions. */
function entriesOf(entries: readonly Uint8Array[]): {
  readonly answer: Uint8Array | undefined;
  readonly txs: Uint8Array[];
} {
  const [first, ...rest] = entries;
  if (first === undefined || !isAnswer(first)) return { answer: undefined, txs: [...entries] };
  return { answer: first, txs: rest };
}

/** The engine's validators at the block before, whether they voted or not. */
const validatorsOf = (commit: CommitInfo | ExtendedCommitInfo | undefined): readonly EngineValidator[] =>
  (commit?.votes ?? []).flatMap(({ validator }) =>
    validator === undefined ? [] : [{ consensus: validator.address, power: validator.power }],
  );

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
