import { referenceBackend } from '@aivm/core/kernels';
import { AIVMRoundDescriptor, ModelOp, ModelRegistryEntry } from '@aivm/core/layout';
import { readChain } from '@aivm/core/state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/execute/block/execute-block.ts';
import type { BlockContext } from '../../src/execute/context/block-context.ts';
import { updateChain } from '../../src/execute/context/block-context.ts';
import { KernelTable, queueKernelOp, TABLE_SLOTS_MAX } from '../../src/execute/epochs/kernel-ops.ts';
import { applyKernelOps } from '../../src/execute/epochs/kernel-round.ts';
import {
  loadTable,
  loadTouchedPages,
  rehashTable,
  storePages,
} from '../../src/execute/epochs/kernel-tables.ts';
import { TestChain } from './test-chain.ts';

const SLOTS = 256;
const TABLE = KernelTable.model;

/** A root whose first four bytes, which alone choose its slot, are `seed`. */
const rootOf = (seed: number): Uint8Array => {
  const root = new Uint8Array(32).fill(1);
  new DataView(root.buffer).setUint32(0, seed, true);
  return root;
};

const opsOf = (seeds: readonly number[], kind: number): Uint8Array => {
  const ops = new Uint8Array(seeds.length * ModelOp.SIZE);
  for (const [i, seed] of seeds.entries()) {
    const op = ModelOp.create({
      ModelRoot: rootOf(seed),
      WeightHash: new Uint8Array(32).fill(1 + (i % 200)),
      LicenseRoot: new Uint8Array(32),
      OwnerAddr: new Uint8Array(20).fill(kind),
      ParameterCount: BigInt(i),
      Modality: 0,
      Kind: kind,
      Epoch: 0,
    });
    ops.set(op.bytes, i * ModelOp.SIZE);
  }
  return ops;
};

const apply = (ops: Uint8Array, arena: Uint8Array): number => {
  const { bytes } = AIVMRoundDescriptor.create({ ModelOpCount: ops.length / ModelOp.SIZE } as never);
  return referenceBackend.provenanceApply(bytes, ops, arena);
};

/** A context over a state that holds a table of these roots. */
function contextWith(seeds: readonly number[]): BlockContext {
  const chain = new TestChain();
  const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
  const table = loadTable(context, TABLE, SLOTS);
  apply(opsOf(seeds, 0), table.arena);
  storePages(context, table);
  return context;
}

const seeds = (maxLength: number) => fc.array(fc.nat(0xffff_ffff), { maxLength });
/** Roots of few slots, so that ways are long and cross the edges of pages. */
const crowded = fc.array(
  fc.nat(7).map((n) => n * SLOTS),
  { maxLength: 8 },
);

describe('the pages that operations touch', () => {
  it('are enough: what the kernel does to them is what it does to the whole table', () => {
    fc.assert(
      fc.property(seeds(170), seeds(30), crowded, fc.constantFrom(0, 1), (before, some, others, kind) => {
        const context = contextWith(before);
        const ops = opsOf([...some, ...others, ...before.slice(0, 5)], kind);
        const whole = loadTable(context, TABLE, SLOTS);
        const touched = loadTouchedPages(context, TABLE, SLOTS, { bytes: ops, opSize: ModelOp.SIZE });
        expect(apply(ops, touched.arena)).toBe(apply(ops, whole.arena));
        storePages(context, touched);
        expect(loadTable(context, TABLE, SLOTS).arena).toEqual(whole.arena);
      }),
      { numRuns: 60 },
    );
  });

  it('are those of one slot for one operation in an empty table', () => {
    const context = contextWith([]);
    const ops = opsOf([12_345], 0);
    const { pages } = loadTouchedPages(context, TABLE, SLOTS, { bytes: ops, opSize: ModelOp.SIZE });
    expect(pages.size).toBe(1);
  });

  it('reach past the slots that earlier operations of the batch will hold', () => {
    // All of one first slot, the last of its page: the second goes to the page behind it.
    const context = contextWith([]);
    const seed = Array.from({ length: 100_000 }, (_, i) => i).find((one) => {
      const { pages } = loadTouchedPages(context, TABLE, SLOTS, {
        bytes: opsOf([one], 0),
        opSize: ModelOp.SIZE,
      });
      const arena = new Uint8Array(SLOTS * ModelRegistryEntry.SIZE);
      apply(opsOf([one], 0), arena);
      const slot = arena.findIndex((byte) => byte !== 0) / ModelRegistryEntry.SIZE;
      return pages.size === 1 && Math.floor(slot) === 63;
    });
    const twins = [seed as number, (seed as number) + 2 ** 31];
    const ops = opsOf(twins, 0);
    const { pages } = loadTouchedPages(context, TABLE, SLOTS, { bytes: ops, opSize: ModelOp.SIZE });
    expect([...pages.keys()].sort()).toEqual([0, 1]);
  });
});

describe('a table of models', () => {
  /** As many models as a chain takes. */
  const modelEntries = Math.floor(TABLE_SLOTS_MAX * 0.7);

  it('that is full takes changes of models, which need no slot', () => {
    const context = contextWith([]);
    const before = loadTable(context, TABLE, TABLE_SLOTS_MAX);
    const { offset } = ModelRegistryEntry.fields.Occupied;
    for (let slot = 0; slot < modelEntries - 1; slot++)
      before.arena[slot * ModelRegistryEntry.SIZE + offset] = 1;
    apply(opsOf([12_345], 0), before.arena);
    storePages(context, before);
    const modelSlots = TABLE_SLOTS_MAX;
    updateChain(context, () => ({ modelSlots, modelEntries, modelCount: modelEntries, modelOps: 0 }));
    const transfer = opsOf([12_345], 3);
    queueKernelOp(context, TABLE, transfer);
    applyKernelOps(context);
    expect(readChain(context.state)).toMatchObject({ modelSlots, modelEntries, modelOps: 0 });
    apply(transfer, before.arena);
    // 32 MiB: compared as bytes, not printed.
    expect(Buffer.compare(loadTable(context, TABLE, modelSlots).arena, before.arena)).toBe(0);
  });

  it('never grows beyond its bound, whatever waits', () => {
    const context = contextWith([]);
    const { pages } = rehashTable(context, loadTable(context, TABLE, SLOTS), modelEntries + 1);
    expect(pages.size * 64).toBe(TABLE_SLOTS_MAX);
  });
});
