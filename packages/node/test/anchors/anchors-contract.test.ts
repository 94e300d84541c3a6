import { readFileSync } from 'node:fs';
import { bytesToHex, serialize } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import {
  appendReceiptLeaf,
  createReceiptProof,
  EMPTY_FRONTIER,
  receiptCodec,
  receiptLeaf,
  receiptsRoot,
  verifyReceiptProof,
} from '@aivm/core/state';
import { anchorToShape } from '@aivm/sdk';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AnchorsContract, verifyReceiptOnEvm } from '../../src/anchors/evm/anchors-contract.ts';
import { createEvmSink } from '../../src/anchors/evm/evm-sink.ts';
import { ANCHORS_ABI } from '../../src/anchors/generated/aivm-anchors.ts';
import { type AnchoredChain, makeReceipts, openAnchoredChain } from '../support/anchored-chain.ts';
import { deployOnEvm, type EvmWorld, OWNER, STRANGER, type Submission } from '../support/anchors-on-evm.ts';

type Hex = `0x${string}`;
const hex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;
const word = (n: number): Uint8Array => keccak256(Uint8Array.of(n & 255, n >> 8));
const ZERO: Hex = `0x${'00'.repeat(32)}`;
const neverAborted = new AbortController().signal;

const submission = (fields: Partial<Submission> = {}): Submission => ({
  commitRoot: hex(word(1)),
  parentRoot: ZERO,
  validatorSetRoot: ZERO,
  blockId: hex(word(2)),
  height: 10n,
  timestampNs: 5n,
  epoch: 0,
  receiptCount: 1n,
  ...fields,
});

describe('a receipt of a real chain, in Solidity', () => {
  let aivm: AnchoredChain;
  let world: EvmWorld;
  let contract: AnchorsContract;
  let last: number;

  beforeAll(async () => {
    aivm = await openAnchoredChain();
    await makeReceipts(aivm, 5);
    world = await deployOnEvm();
    const sink = createEvmSink({ ...world.sinkOptions, timeoutMs: 10_000 });
    last = aivm.outbox.count - 1;
    for (let i = 0; i <= last; i++) await sink.deliver(anchorToShape(aivm.outbox.get(i)!), neverAborted);
    contract = await AnchorsContract.open(world.evm, world.address);
  });

  const claimOf = (index: number, anchor: number) => {
    const { receipt, count, siblings } = aivm.receiptFile(index, anchor);
    return { leaf: receiptLeaf(receipt), index, count, siblings: siblings.map(hex) };
  };
  const verify = (number: number, { leaf, index, count, siblings }: ReturnType<typeof claimOf>) =>
    world.reader.readContract({
      address: world.address,
      abi: ANCHORS_ABI,
      functionName: 'verifyReceipt',
      args: [BigInt(number), hex(leaf), BigInt(index), BigInt(count), siblings as never],
    });

  it('is under the anchor whose block proves it', async () => {
    for (let index = 0; index < 5; index++) {
      const verdict = await verifyReceiptOnEvm(contract, aivm.receiptFile(index, last));
      expect(verdict).toMatchObject({ isValid: true, anchor: { number: last, receiptCount: 5 } });
    }
    // The contract makes the same leaf of the receipt's own bytes.
    const { receipt } = aivm.receiptFile(0, last);
    const leaf = await world.reader.readContract({
      address: world.address,
      abi: ANCHORS_ABI,
      functionName: 'receiptLeaf',
      args: [hex(serialize(receiptCodec, receipt))],
    });
    expect(leaf).toBe(hex(receiptLeaf(receipt)));
  });

  it('fails at another index, count, leaf, sibling or anchor', async () => {
    const claim = claimOf(2, last);
    expect(await verify(last, claim)).toBe(true);
    expect(await verify(last, { ...claim, index: 3 })).toBe(false);
    expect(await verify(last, { ...claim, index: 2 + 8 })).toBe(false);
    expect(await verify(last, { ...claim, count: 6 })).toBe(false);
    expect(await verify(last, { ...claim, count: 2 })).toBe(false);
    expect(await verify(last, { ...claim, leaf: word(9) })).toBe(false);
    expect(await verify(last, { ...claim, siblings: claim.siblings.with(31, ZERO) })).toBe(false);
    // The anchors without any receipt, and one that is not there.
    expect(await verify(0, claim)).toBe(false);
    expect(await verify(last + 1, claim)).toBe(false);
  });

  it('is refused with a reason where the file stands on no anchor, or on another chain', async () => {
    const file = aivm.receiptFile(2, last);
    const elsewhere = { ...file, header: { ...file.header, height: file.header.height + 1 } };
    expect(await verifyReceiptOnEvm(contract, elsewhere)).toMatchObject({
      isValid: false,
      reason: /no anchor/,
    });
    const forged = { ...file, header: { ...file.header, receiptsRoot: word(3) } };
    expect(await verifyReceiptOnEvm(contract, forged)).toMatchObject({
      isValid: false,
      reason: /another root/,
    });
    const foreign = { ...file, chainId: 8n };
    expect(await verifyReceiptOnEvm(contract, foreign)).toMatchObject({
      isValid: false,
      reason: /of chain 7/,
    });
    const moved = { ...file, index: 3 };
    expect(await verifyReceiptOnEvm(contract, moved)).toMatchObject({
      isValid: false,
      reason: /does not lead/,
    });
  });

  it('says where there is no such contract', async () => {
    const nobody = '0x00000000000000000000000000000000000000ff';
    await expect(AnchorsContract.open(world.evm, nobody)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the contract', () => {
  it('takes the next anchor only: in number, root, height and receipts', async () => {
    const { submitAs, reader, address } = await deployOnEvm();
    await submitAs(OWNER, 0n, submission());
    const next = { parentRoot: hex(word(1)), commitRoot: hex(word(3)), height: 20n };
    const refusals: readonly (readonly [error: RegExp, number: bigint, fields: Partial<Submission>])[] = [
      [/NotNext/, 0n, next],
      [/NotNext/, 2n, next],
      [/NotExtending/, 1n, { ...next, parentRoot: ZERO }],
      [/NotExtending/, 1n, { ...next, parentRoot: hex(word(3)) }],
      [/NotLater/, 1n, { ...next, height: 10n }],
      [/FewerReceipts/, 1n, { ...next, receiptCount: 0n }],
      [/EmptyRoot/, 1n, { ...next, commitRoot: ZERO }],
    ];
    for (const [error, number, fields] of refusals) {
      await expect(submitAs(OWNER, number, submission(fields))).rejects.toThrow(error);
    }
    await submitAs(OWNER, 1n, submission(next));
    const read = (functionName: 'nextNumber' | 'lastRoot') =>
      reader.readContract({ address, abi: ANCHORS_ABI, functionName });
    expect([await read('nextNumber'), await read('lastRoot')]).toEqual([2n, hex(word(3))]);
  });

  it('takes it from its submitter only, whom its owner alone replaces', async () => {
    const { submitAs, reader, address } = await deployOnEvm();
    await expect(submitAs(STRANGER, 0n, submission())).rejects.toThrow(/NotSubmitter/);
    const replace = { address, abi: ANCHORS_ABI, functionName: 'setSubmitter' } as const;
    const args = [STRANGER.account.address] as const;
    await expect(reader.simulateContract({ ...replace, args, account: STRANGER.account })).rejects.toThrow(
      /NotOwner/,
    );
    await reader.simulateContract({ ...replace, args, account: OWNER.account });
  });

  it('agrees with TypeScript on every proof of random trees, right and wrong', async () => {
    const { submitAs, reader, address } = await deployOnEvm();
    let [number, parentRoot, total] = [0n, ZERO, 0];
    const tree = fc.record({
      more: fc.integer({ min: 1, max: 60 }),
      seed: fc.nat(60_000),
      at: fc.nat(),
      harm: fc.nat(4),
    });
    await fc.assert(
      fc.asyncProperty(tree, async ({ more, seed, at, harm }) => {
        // A contract's trees only grow; the leaves of each are new.
        total += more;
        const count = total;
        let frontier = EMPTY_FRONTIER;
        const nodes = new Map<string, Uint8Array>();
        for (let i = 0; i < count; i++) {
          const appended = appendReceiptLeaf(frontier, word(seed + i));
          frontier = appended.frontier;
          for (const node of appended.nodes) nodes.set(`${node.level} ${node.index}`, node.hash);
        }
        const root = receiptsRoot(frontier);
        await submitAs(
          OWNER,
          number,
          submission({ commitRoot: hex(root), parentRoot, height: number + 1n, receiptCount: BigInt(count) }),
        );
        const index = at % count;
        const siblings = [
          ...createReceiptProof({ index, count, getNode: (level, i) => nodes.get(`${level} ${i}`) }),
        ];
        const right = { leaf: word(seed + index), index, count, siblings };
        const claims = [
          right,
          { ...right, index: (index + 1 + at) % (count + 3) },
          { ...right, count: count + 1 - 2 * (at % 2) },
          { ...right, leaf: word(seed + index + 1) },
          { ...right, siblings: siblings.with(at % 40, word(at & 0xffff)) },
        ];
        const claim = claims[harm] as typeof right;
        const inSolidity = await reader.readContract({
          address,
          abi: ANCHORS_ABI,
          functionName: 'verifyReceipt',
          args: [
            number,
            hex(claim.leaf),
            BigInt(claim.index),
            BigInt(claim.count),
            claim.siblings.map(hex) as never,
          ],
        });
        expect(inSolidity).toBe(verifyReceiptProof({ root, ...claim }));
        if (harm === 0) expect(inSolidity).toBe(true);
        number++;
        parentRoot = hex(root);
      }),
      { numRuns: 16, endOnFailure: true },
    );
  });

  it('folds any 40 siblings as TypeScript does', async () => {
    const { reader, address } = await deployOnEvm();
    const u40 = fc.maxSafeNat().map((value) => value % 2 ** 40);
    await fc.assert(
      fc.asyncProperty(u40, u40, fc.nat(60_000), async (index, count, seed) => {
        const siblings = Array.from({ length: 40 }, (_, i) => word(seed + i));
        const leaf = word(seed + 40);
        const root = await reader.readContract({
          address,
          abi: ANCHORS_ABI,
          functionName: 'rootOf',
          args: [hex(leaf), BigInt(index), BigInt(count), siblings.map(hex) as never],
        });
        const claim = { root: Buffer.from(root.slice(2), 'hex'), leaf, index, count, siblings };
        expect(verifyReceiptProof(claim)).toBe(index < count);
      }),
      { numRuns: 40 },
    );
  });

  it('is what the pinned compiler makes of the source', async () => {
    const { renderModules } = (await import('../../scripts/build-contracts.mjs' as string)) as {
      renderModules: () => readonly { readonly path: string; readonly text: string }[];
    };
    const modules = renderModules();
    expect(modules.length).toBe(2);
    for (const { path, text } of modules) expect(readFileSync(path, 'utf8'), path).toBe(text);
  });
});
