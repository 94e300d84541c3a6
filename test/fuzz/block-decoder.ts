import {
  compareVertices,
  createBlock,
  parseBlock,
  type StatelessBlock,
  type StatelessVertex,
  vertexSequence,
} from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import type { Transaction } from '@aivm/core/tx';
import type { Random } from '../attestation-fuzz/random.ts';
import { type Decoder, judge } from './decoder.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { blockOf, PARENT_ID } from './samples.ts';
import { nearTransaction } from './transaction-decoder.ts';
import { nearVertex, rememberTransactions } from './vertex-decoder.ts';

const CODES = ['malformed', 'too_large', 'bad_signature', 'wrong_chain'] as const;

function faultOf(block: StatelessBlock, bytes: Uint8Array, original: StatelessBlock): string | undefined {
  const again = createBlock(block.header, block.transactions, block.vertices);
  if (!equalBytes(again.bytes, bytes)) return 'accepts an encoding that is not canonical';
  if (!equalBytes(again.id, block.id)) return 'the id does not follow from the contents';
  if (again.vertexTransactionCount !== block.vertexTransactionCount)
    return 'counts other transactions of vertices';
  if (equalBytes(block.id, original.id) !== equalBytes(bytes, original.bytes))
    return 'two encodings with one id';
  return undefined;
}

const uniqueById = <T extends { readonly id: Uint8Array }>(list: readonly T[]): readonly T[] => [
  ...new Map(list.map((item) => [bytesToHex(item.id), item])).values(),
];

/**
 * Mutants of blocks of up to two vertices and three transactions, some of which are left out or changed before. The
 * roots are those of what the block carries until bytes of the whole are changed.
 */
export function createBlockDecoder(
  transactions: readonly Transaction[],
  vertices: readonly StatelessVertex[],
): Decoder {
  const parseTx = rememberTransactions(transactions);
  const txBytes = transactions.map(({ bytes }) => bytes);
  const vertexBytes = vertices.map(({ bytes }) => bytes);
  const draw = <T>(list: readonly T[], countMax: number, random: Random): readonly T[] =>
    Array.from({ length: random.below(countMax + 1) }, () => random.pick(list));

  const build = (random: Random, isRebuilt: boolean): StatelessBlock => {
    const ownVertices = draw(vertices, 2, random).map((vertex) =>
      isRebuilt ? nearVertex(vertex, random, { others: vertexBytes, parseTx }) : vertex,
    );
    const carried = [...uniqueById(ownVertices)].sort(compareVertices);
    const sequence = vertexSequence(PARENT_ID, carried);
    const known = new Set(sequence.map(({ id }) => bytesToHex(id)));
    const own = draw(transactions, 3, random)
      .map((tx) => (isRebuilt ? nearTransaction(tx, random, txBytes) : tx))
      .filter(({ id }) => !known.has(bytesToHex(id)));
    const executed = sequence.filter(() => random.below(4) > 0);
    return blockOf([...executed, ...uniqueById(own)], carried);
  };
  const samples = Array.from({ length: 32 }, (_, i) =>
    blockOf([transactions[i % transactions.length] as Transaction]),
  );
  const others = samples.map(({ bytes }) => bytes);
  return {
    name: 'block',
    codes: CODES,
    boundMs: 500,
    run: (random) => {
      const isRebuilt = random.below(8) === 0;
      const original = build(random, isRebuilt);
      const isChanged = !isRebuilt || random.below(2) === 0;
      const { bytes, operator } = isChanged
        ? mutateBytes(original.bytes, random, others)
        : { bytes: original.bytes, operator: 'rebuild' };
      return judge(isRebuilt && isChanged ? `rebuild, ${operator}` : operator, CODES, {
        decode: () => parseBlock(bytes, parseTx),
        check: (block) => faultOf(block, bytes, original),
      });
    },
  };
}
