import { type BlockHeader, blockId } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import {
  appendReceiptLeaf,
  createReceiptProof,
  EMPTY_FRONTIER,
  EMPTY_STATE_ROOT,
  proveStateKey,
  type Receipt,
  receiptLeaf,
  receiptsRoot,
  stateKeys,
  updateStateTree,
} from '@aivm/core/state';
import {
  parseJson,
  type ReceiptFile,
  receiptFileToJson,
  type StateProofFile,
  stateProofFileToJson,
  stringifyJson,
  verifyReceipt,
  verifyReceiptFile,
  verifyStateProofFile,
} from '@aivm/sdk';
import { describe, expect, it } from 'vitest';

const COUNT = 5;
const word = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

const receiptAt = (index: number): Receipt => ({
  jobId: `task-${index}`,
  providers: ['p-1'],
  modelRoot: word(1),
  modelVersion: 1n,
  inputHash: word(index),
  outputHash: word(9),
  // More than a double holds, so that a lossy reader is noticed.
  computeTimeMs: 18_446_744_073_709_551_615n,
  gpuModel: 'H100',
  mode: 0,
  height: 100 + index,
  timestamp: 1_700_000_000,
});

const headerOf = (fields: Partial<BlockHeader>): BlockHeader => ({
  version: 1,
  chainId: 1337n,
  parentId: word(2),
  height: 200,
  timestamp: 1_700_000_100,
  beacon: word(0),
  verticesRoot: word(9),
  transactionsRoot: word(3),
  outcomesRoot: word(4),
  receiptsRoot: word(0),
  receiptCount: 0,
  aivmStateRoot: word(0),
  stateRoot: EMPTY_STATE_ROOT,
  ...fields,
});

function createReceiptFile(index: number): ReceiptFile {
  const nodes = new Map<string, Uint8Array>();
  let frontier = EMPTY_FRONTIER;
  for (let i = 0; i < COUNT; i++) {
    const appended = appendReceiptLeaf(frontier, receiptLeaf(receiptAt(i)));
    frontier = appended.frontier;
    for (const node of appended.nodes) nodes.set(`${node.level}.${node.index}`, node.hash);
  }
  const getNode = (level: number, at: number): Uint8Array | undefined => nodes.get(`${level}.${at}`);
  return {
    chainId: 1337n,
    receipt: receiptAt(index),
    index,
    count: COUNT,
    siblings: [...createReceiptProof({ index, count: COUNT, getNode })],
    header: headerOf({ receiptsRoot: receiptsRoot(frontier), receiptCount: COUNT }),
  };
}

/** Through the text of a file and back. */
const fileOf = (file: ReceiptFile): Record<string, unknown> =>
  parseJson(stringifyJson(receiptFileToJson(file))) as Record<string, unknown>;

describe('verifyReceiptFile', () => {
  it.each(Array.from({ length: COUNT }, (_, i) => i))(
    'accepts receipt %i and says which block it stands on',
    (index) => {
      const file = createReceiptFile(index);
      const verdict = verifyReceiptFile(fileOf(file));
      expect(verdict).toEqual({
        isValid: true,
        receipt: file.receipt,
        index,
        header: file.header,
        blockId: blockId(file.header),
      });
      expect(verifyReceipt(file)).toEqual(verdict);
      expect(verifyReceiptFile(fileOf(file), { trustedBlockId: blockId(file.header) }).isValid).toBe(true);
    },
  );

  const file = fileOf(createReceiptFile(3));
  const receipt = file.receipt as Record<string, unknown>;
  const header = file.header as Record<string, unknown>;
  const siblings = file.siblings as string[];
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'malformed'],
    ['an empty file', {}, 'malformed'],
    ['another receipt', { ...file, receipt: { ...receipt, jobId: 'task-4' } }, 'malformed'],
    [
      'another output',
      { ...file, receipt: { ...receipt, outputHash: `0x${bytesToHex(word(8))}` } },
      'malformed',
    ],
    [
      'a compute time that a double rounded',
      { ...file, receipt: { ...receipt, computeTimeMs: 2n ** 64n } },
      'out_of_range',
    ],
    ['another index', { ...file, index: 2 }, 'malformed'],
    ['an index beyond the count', { ...file, index: 5 }, 'malformed'],
    ['another count', { ...file, count: 6 }, 'malformed'],
    [
      'another count in file and header',
      { ...file, count: 6, header: { ...header, receiptCount: 6 } },
      'malformed',
    ],
    ['a header that counts otherwise', { ...file, header: { ...header, receiptCount: 6 } }, 'malformed'],
    ['a sibling less', { ...file, siblings: siblings.slice(1) }, 'malformed'],
    ['siblings in another order', { ...file, siblings: [...siblings].reverse() }, 'malformed'],
    [
      'a root of something else',
      { ...file, header: { ...header, receiptsRoot: `0x${bytesToHex(word(7))}` } },
      'malformed',
    ],
    ['another chain', { ...file, chainId: 1 }, 'wrong_chain'],
    ['a short hash', { ...file, siblings: ['0x00', ...siblings.slice(1)] }, 'out_of_range'],
  ])('refuses %s', (_, changed, code) => {
    expect(verifyReceiptFile(changed)).toMatchObject({ isValid: false, code });
  });

  it('refuses the header of another block than the trusted one', () => {
    expect(verifyReceiptFile(file, { trustedBlockId: word(1) })).toMatchObject({ isValid: false });
    const other = { ...file, header: { ...header, height: 201 } };
    const trustedBlockId = blockId(createReceiptFile(3).header);
    // The proof still holds for it, so only the trusted id tells it from the real one.
    expect(verifyReceiptFile(other).isValid).toBe(true);
    expect(verifyReceiptFile(other, { trustedBlockId })).toMatchObject({ isValid: false });
  });
});

describe('verifyStateProofFile', () => {
  const key = stateKeys.task('t-1');
  const value = Uint8Array.of(1, 2, 3);
  const entries = [key, stateKeys.task('t-2'), stateKeys.chain(), stateKeys.provider('p')];
  const tree = updateStateTree(
    { getPage: () => undefined },
    EMPTY_STATE_ROOT,
    entries.map((entry) => [entry, value] as const),
  );
  const reader = { getPage: (pageKey: string) => tree.pages.get(pageKey) };
  const fileFor = (asked: Uint8Array, held: Uint8Array | undefined): Record<string, unknown> => {
    const file: StateProofFile = {
      chainId: 1337n,
      key: asked,
      value: held,
      proof: proveStateKey(reader, tree.root, asked),
      header: headerOf({ stateRoot: tree.root }),
    };
    return parseJson(stringifyJson(stateProofFileToJson(file))) as Record<string, unknown>;
  };

  it('accepts presence and absence', () => {
    expect(verifyStateProofFile(fileFor(key, value))).toMatchObject({ isValid: true, key, value });
    const absent = stateKeys.task('t-3');
    expect(verifyStateProofFile(fileFor(absent, undefined))).toMatchObject({
      isValid: true,
      key: absent,
      value: undefined,
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['another value', { ...fileFor(key, value), value: '0x0102' }],
    ['absence of what is there', { ...fileFor(key, value), value: null }],
    ['presence of what is not there', { ...fileFor(stateKeys.task('t-3'), undefined), value: '0x00' }],
    ['a proof for another key', { ...fileFor(key, value), key: `0x${bytesToHex(stateKeys.task('t-2'))}` }],
    ['another chain', { ...fileFor(key, value), chainId: 2 }],
    ['no proof', { ...fileFor(key, value), proof: undefined }],
  ])('refuses %s', (_, changed) => {
    expect(verifyStateProofFile(changed).isValid).toBe(false);
  });
});
