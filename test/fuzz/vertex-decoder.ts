import { createVertex, isVertexOperation, parseVertex, type StatelessVertex } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { parseTransaction, type Transaction } from '@aivm/core/tx';
import type { Random } from '../attestation-fuzz/random.ts';
import { type Decoder, judge } from './decoder.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { CHAIN, vertexOf } from './samples.ts';
import { nearTransaction } from './transaction-decoder.ts';

const CODES = ['malformed', 'too_large', 'bad_signature', 'wrong_chain'] as const;

/** Reads a sample's transactions from memory, as hosts do, so that recovering their signatures does not dominate. */
export function rememberTransactions(
  transactions: readonly Transaction[],
): (bytes: Uint8Array) => Transaction {
  const known = new Map(transactions.map((tx) => [bytesToHex(tx.bytes), tx]));
  return (bytes) => known.get(bytesToHex(bytes)) ?? parseTransaction(bytes);
}

function faultOf(vertex: StatelessVertex, bytes: Uint8Array, original: StatelessVertex): string | undefined {
  const again = createVertex(vertex);
  if (!equalBytes(again.bytes, bytes)) return 'accepts an encoding that is not canonical';
  if (!equalBytes(again.id, vertex.id)) return 'the id does not follow from the contents';
  if (again.jobIds.join() !== vertex.jobIds.join()) return 'names other jobs';
  if (equalBytes(vertex.id, original.id) !== equalBytes(bytes, original.bytes))
    return 'two encodings with one id';
  return undefined;
}

/** A vertex with transactions near those of `original`. */
function rebuilt(original: StatelessVertex, random: Random, others: readonly Uint8Array[]): StatelessVertex {
  const near = original.transactions
    .map((tx) => nearTransaction(tx, random, others))
    .filter(
      ({ chainId, genesisHash, operation }) =>
        chainId === CHAIN.chainId &&
        equalBytes(genesisHash, CHAIN.genesisHash) &&
        isVertexOperation(operation.kind),
    );
  // Two changes may meet in one sender and nonce, which no vertex carries.
  const places = new Map(near.map((tx) => [`${bytesToHex(tx.sender)} ${tx.nonce}`, tx]));
  return near.length === 0 ? original : vertexOf([...places.values()], [], random.below(9));
}

/** A vertex near `original` that parses. */
export function nearVertex(
  original: StatelessVertex,
  random: Random,
  {
    others,
    parseTx,
  }: { readonly others: readonly Uint8Array[]; readonly parseTx: (bytes: Uint8Array) => Transaction },
): StatelessVertex {
  for (let i = 0; i < 3; i++) {
    try {
      return parseVertex(mutateBytes(original.bytes, random, others).bytes, parseTx);
    } catch {
      // Most are refused; the decoder's own run says why.
    }
  }
  return original;
}

/** Mutants of vertices, some of them around transactions that were changed before. */
export function createVertexDecoder(
  transactions: readonly Transaction[],
  vertices: readonly StatelessVertex[],
): Decoder {
  const parseTx = rememberTransactions(transactions);
  const txBytes = transactions.map(({ bytes }) => bytes);
  const others = vertices.map(({ bytes }) => bytes);
  return {
    name: 'vertex',
    codes: CODES,
    boundMs: 500,
    run: (random) => {
      const sample = random.pick(vertices);
      const isRebuilt = random.below(8) === 0;
      const original = isRebuilt ? rebuilt(sample, random, txBytes) : sample;
      const isChanged = !isRebuilt || random.below(2) === 0;
      const { bytes, operator } = isChanged
        ? mutateBytes(original.bytes, random, others)
        : { bytes: original.bytes, operator: 'rebuild' };
      return judge(isRebuilt && isChanged ? `rebuild, ${operator}` : operator, CODES, {
        decode: () => parseVertex(bytes, parseTx),
        check: (vertex) => faultOf(vertex, bytes, original),
      });
    },
  };
}
