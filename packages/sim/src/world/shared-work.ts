import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import type { ExecutionResult } from '@aivm/core/execute';
import { type CommitBatch, coreEngine, type ExecutionEngine, TransactionCache } from '@aivm/node';
import { SharedDryRuns } from './shared-dry-runs.ts';

/** What one node found when it executed a block. */
export interface Execution {
  readonly node: string;
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
}

const keyOf = (parentId: Uint8Array, id: Uint8Array): string => bytesToHex(parentId) + bytesToHex(id);

/**
 * Pure functions of bytes that the nodes of one run share. A transaction is parsed, and its signature recovered, once a
 * run. A block is executed once a run, by its builder or, if the builder is unknown, by the first node that
 * verifies it; the others take that result, because the same parent and the same block give the same. So do they with
 * the batch that accepting the block writes, and with their pools' dry runs on the same head. One run in 32 does all
 * of it everywhere: the builder and then each node for itself, and a checker compares what they found. Refused blocks
 * are never shared: each node judges them anew.
 */
export class SharedWork {
  readonly reexecutesEverywhere: boolean;
  readonly parse = new TransactionCache().parse;
  readonly #beginDryRun: ExecutionEngine['beginDryRun'];
  readonly #results = new Map<string, Pick<Execution, 'block' | 'result'>>();
  readonly #batches = new Map<string, { readonly height: number; readonly batch: CommitBatch }>();
  /** Executions since the last `takeExecutions`. */
  #executions: Execution[] = [];

  constructor({ reexecutesEverywhere }: { readonly reexecutesEverywhere: boolean }) {
    this.reexecutesEverywhere = reexecutesEverywhere;
    this.#beginDryRun = reexecutesEverywhere ? coreEngine.beginDryRun : new SharedDryRuns().begin;
  }

  /** What one node computes with. */
  engineOf(node: string): ExecutionEngine {
    return {
      ...coreEngine,
      parseTransaction: this.parse,
      beginDryRun: this.#beginDryRun,
      createCommitBatch: this.#createCommitBatch,
      buildBlock: (request) => {
        const built = coreEngine.buildBlock(request);
        this.#note(node, built.block, built.result);
        return built;
      },
      verifyBlock: (request) => {
        const { parent, block } = request;
        const known = this.#results.get(keyOf(parent.id, block.id));
        if (known !== undefined && !this.reexecutesEverywhere) return known.result;
        const result = coreEngine.verifyBlock(request);
        this.#note(node, block, result);
        return result;
      },
    };
  }

  /** What executing a block on its parent gave. */
  resultOf({ id, header }: Pick<StatelessBlock, 'id' | 'header'>): ExecutionResult | undefined {
    return this.#results.get(keyOf(header.parentId, id))?.result;
  }

  /**
   * Forgets blocks up to a height that every node has: a long run's memory is mostly theirs. A node that lost such a
   * block and verifies it again executes it.
   */
  forget(height: number): void {
    for (const [key, { block }] of this.#results) {
      if (block.header.height <= height) this.#results.delete(key);
    }
    for (const [key, batch] of this.#batches) if (batch.height <= height) this.#batches.delete(key);
  }

  takeExecutions(): readonly Execution[] {
    const executions = this.#executions;
    this.#executions = [];
    return executions;
  }

  /** A block id fixes everything before it, and with that everything in the stores of those who accept it. */
  readonly #createCommitBatch: ExecutionEngine['createCommitBatch'] = (store, counts, executed) => {
    if (this.reexecutesEverywhere) return coreEngine.createCommitBatch(store, counts, executed);
    const hex = bytesToHex(executed.block.id);
    const known = this.#batches.get(hex);
    if (known !== undefined) return known.batch;
    const batch = coreEngine.createCommitBatch(store, counts, executed);
    this.#batches.set(hex, { height: executed.block.header.height, batch });
    return batch;
  };

  #note(node: string, block: StatelessBlock, result: ExecutionResult): void {
    const key = keyOf(block.header.parentId, block.id);
    if (!this.#results.has(key)) this.#results.set(key, { block, result });
    this.#executions.push({ node, block, result });
  }
}
