import { bytesToHex, type ExecutionResult, type StatelessBlock, verifyBlock } from '@aivm/core';
import { TransactionCache, type VerifyBlock } from '@aivm/node';

/** What one node found when it executed a block. */
export interface Execution {
  readonly node: string;
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
}

/**
 * Pure functions of bytes that the nodes of one run share. A transaction is parsed, and its signature recovered, once a
 * run. A block is executed once a run by the first node that verifies it and the others take its result, because the
 * same parent and the same block give the same result; in runs that re-execute everywhere each node does it itself, and
 * the results are compared by a checker. Refusals are not kept: a block that one node refused is judged anew by each.
 */
export class SharedWork {
  readonly reexecutesEverywhere: boolean;
  readonly parse = new TransactionCache().parse;
  readonly #results = new Map<string, ExecutionResult>();
  /** Executions since the last `takeExecutions`. */
  #executions: Execution[] = [];

  constructor({ reexecutesEverywhere }: { readonly reexecutesEverywhere: boolean }) {
    this.reexecutesEverywhere = reexecutesEverywhere;
  }

  /** The function that one node verifies with. */
  verifierOf(node: string): VerifyBlock {
    return (request) => {
      const key = `${bytesToHex(request.parent.id)}${bytesToHex(request.block.id)}`;
      const known = this.#results.get(key);
      if (known !== undefined && !this.reexecutesEverywhere) return known;
      const result = verifyBlock(request);
      if (known === undefined) this.#results.set(key, result);
      this.#executions.push({ node, block: request.block, result });
      return result;
    };
  }

  /** What executing a block on its parent gave. */
  resultOf({ id, header }: Pick<StatelessBlock, 'id' | 'header'>): ExecutionResult | undefined {
    return this.#results.get(`${bytesToHex(header.parentId)}${bytesToHex(id)}`);
  }

  takeExecutions(): readonly Execution[] {
    const executions = this.#executions;
    this.#executions = [];
    return executions;
  }

  /** Forgets results; nodes that lag behind execute for themselves. */
  forget(): void {
    this.#results.clear();
  }
}
