import {
  createBlock,
  createVertex,
  isVertexOperation,
  type StatelessBlock,
  type StatelessVertex,
  transactionsRoot,
  verticesRoot,
} from '@aivm/core/block';
import { keccak256 } from '@aivm/core/crypto';
import { OPERATIONS, type OperationName, signTransaction, type Transaction } from '@aivm/core/tx';
import fc from 'fast-check';
import { operationOf } from '../../packages/core/test/tx/operation-arbitrary.ts';

export const CHAIN_ID = 1337n;
export const CHAIN = { chainId: CHAIN_ID, genesisHash: new Uint8Array(32).fill(4) } as const;
const PEOPLE = 5;
const PER_OPERATION = 3;

/** The keys that samples, and mutants that are signed again, are signed with. */
export const keys: readonly Uint8Array[] = Array.from({ length: PEOPLE }, (_, i) =>
  keccak256(Uint8Array.of(i)),
);

/** Transactions of every operation, of several people, each at a nonce of its own. */
export function sampleTransactions(): readonly Transaction[] {
  const names = Object.keys(OPERATIONS) as OperationName[];
  const operations = names.flatMap((name) =>
    fc.sample(operationOf(name), { numRuns: PER_OPERATION, seed: OPERATIONS[name].tag }),
  );
  return operations.map((operation, i) => {
    const key = keys[i % PEOPLE] as Uint8Array;
    return signTransaction({ ...CHAIN, nonce: BigInt(i), expiry: BigInt(i % 3), operation }, key);
  });
}

export const vertexOf = (
  transactions: readonly Transaction[],
  parents: readonly StatelessVertex[] = [],
  epoch = 3,
): StatelessVertex =>
  createVertex({
    ...CHAIN,
    parents: parents.map(({ id }) => id),
    height: parents.reduce((greatest, parent) => Math.max(greatest, parent.height + 1), 0),
    epoch,
    transactions,
  });

/** Vertices of one to four transactions, without parents and over others. */
export function sampleVertices(all: readonly Transaction[]): readonly StatelessVertex[] {
  const transactions = all.filter(({ operation }) => isVertexOperation(operation.kind));
  const vertices: StatelessVertex[] = [];
  for (let i = 0; i + 4 <= transactions.length; i += 4) {
    const parents = vertices.slice(Math.max(0, vertices.length - (i % 3)));
    vertices.push(vertexOf(transactions.slice(i, i + 1 + ((i / 4) % 4)), parents));
  }
  return vertices;
}

/** Orders the transactions of vertices in every sample block. */
export const PARENT_ID: Uint8Array = keccak256(Uint8Array.of(7, 1));

const hashOf = (n: number): Uint8Array => keccak256(Uint8Array.of(7, n));

/** A block whose header names what it carries; of what it would execute it need not be able to. */
export function blockOf(
  transactions: readonly Transaction[],
  vertices: readonly StatelessVertex[] = [],
): StatelessBlock {
  const header = {
    version: 2,
    chainId: CHAIN_ID,
    parentId: PARENT_ID,
    height: 9,
    timestamp: 1_700_000_000,
    beacon: new Uint8Array(32),
    verticesRoot: verticesRoot(vertices),
    transactionsRoot: transactionsRoot(transactions),
    outcomesRoot: hashOf(2),
    receiptsRoot: hashOf(3),
    receiptCount: 4,
    aivmStateRoot: hashOf(5),
    stateRoot: hashOf(6),
  };
  return createBlock(header, transactions, vertices);
}
