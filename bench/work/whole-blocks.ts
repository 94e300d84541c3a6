import { Attestation, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import { readChain, readParams, stateKeys } from '@aivm/core/state';
import { timed } from '../../packages/cli/src/bench/measure.ts';
import { type BlockContext, updateChain } from '../../packages/core/src/execute/context/block-context.ts';
import { KernelTable, TABLE_SLOTS_MAX } from '../../packages/core/src/execute/epochs/kernel-ops.ts';
import { type Measured, workOf } from './measure.ts';
import { transfers } from './provider-cases.ts';
import { admit, taskOperation } from './tasks.ts';
import { personAt, type WorkChain } from './work-chain.ts';
import { longId, SERVED } from './worst-provider.ts';

const PAGE_SLOTS = 64;
/** As full as a table gets, in percent. */
const LOAD_PERCENT = 70;
const EPOCH_SECONDS = 3_600;

/** How large the blocks are that are measured. */
export interface Sizes {
  /** Slots of the two tables. */
  readonly slots: number;
  readonly anchors: number;
  /** Part of a block's work that is filled and scaled up. */
  readonly blockPart: number;
  readonly timers: number;
  readonly waiting: number;
}

export const FULL_SIZES: Sizes = {
  slots: TABLE_SLOTS_MAX,
  anchors: 65_536,
  blockPart: 0.7,
  timers: 1_024,
  waiting: 1_000,
};
export const SMOKE_SIZES: Sizes = { slots: 256, anchors: 64, blockPart: 0.01, timers: 30, waiting: 20 };

/** A whole block of payments: those that fit three quarters of it, scaled up to all of its work. */
export function fullBlock(base: WorkChain, { blockPart }: Sizes): Measured {
  const chain = base.fork();
  const { params } = readParams(chain.state);
  const [one] = transfers(1).setUp(base.fork());
  if (one === undefined) throw new Error('no transfer');
  const count = Math.floor((params.maxBlockWork * blockPart) / workOf([one]));
  const transactions = transfers(count).setUp(chain);
  const block = chain.build(transactions);
  const scale = params.maxBlockWork / workOf(transactions);
  return {
    name: 'a full block of transfers',
    ...{ count: 1, work: params.maxBlockWork },
    round: () => scale * timed(() => chain.check(block))[0],
  };
}

/** Bytes that look like nothing, another set for each seed. */
function fillNoise(bytes: Uint8Array, seed: number): void {
  let state = seed + 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
}

interface TableLayout {
  readonly SIZE: number;
  readonly fields: { readonly Occupied: { readonly offset: number } };
}

/** Stores a table of random entries, `occupied` in a hundred slots of which hold something. */
function storeTable(
  { state }: BlockContext,
  table: number,
  { SIZE, fields }: TableLayout,
  slots: number,
  occupied: number,
  shape: (view: DataView) => void = () => undefined,
): void {
  for (let page = 0; page * PAGE_SLOTS < slots; page++) {
    const bytes = new Uint8Array(Math.min(PAGE_SLOTS, slots - page * PAGE_SLOTS) * SIZE);
    fillNoise(bytes, table * 1_000_000 + page);
    for (let offset = 0; offset < bytes.length; offset += SIZE) {
      const view = new DataView(bytes.buffer, offset, SIZE);
      view.setUint32(fields.Occupied.offset, (offset / SIZE) % 100 < occupied ? 1 : 0, true);
      shape(view);
    }
    state.set(stateKeys.tablePage(table, page), bytes);
  }
}

/** Every attestation lived until now: each page changes when the epoch closes. */
function expire(view: DataView): void {
  view.setBigUint64(Attestation.fields.ExpiryNS.offset, 1n, true);
  view.setUint32(Attestation.fields.Status.offset, 1, true);
}

/** Tasks of two models that wait; as many as the crowd can take are given out in the same block. */
function fillQueue(context: BlockContext, waiting: number): void {
  for (let i = 0; i < waiting; i++)
    admit(
      context,
      personAt(90 + (i % 2)),
      taskOperation(longId('waiting', i), { model: SERVED[i % 2] as string, input: new Uint8Array(32) }),
    );
}

/** The block that closes an epoch with full tables and a full queue, without transactions of its own. */
export function closingBlock(base: WorkChain, { slots, anchors, waiting }: Sizes): Measured {
  const chain = base.fork();
  chain.prepare((context) => {
    storeTable(context, KernelTable.attestation, Attestation, slots, LOAD_PERCENT, expire);
    storeTable(context, KernelTable.model, ModelRegistryEntry, slots, LOAD_PERCENT);
    storeTable(context, KernelTable.anchor, AuditAnchor, anchors, 100);
    const entries = Math.floor((slots * LOAD_PERCENT) / 100);
    updateChain(context, () => ({
      ...{ attestationSlots: slots, attestationEntries: entries, modelSlots: slots, modelEntries: entries },
      anchorSlots: anchors,
    }));
    fillQueue(context, waiting);
  });
  const block = chain.build([], EPOCH_SECONDS);
  const { epoch } = readChain(chain.state);
  return {
    name: `closing epoch ${epoch}, tables of ${slots} slots`,
    ...{ count: 1, work: readParams(chain.state).params.maxBlockWork },
    round: () => timed(() => chain.check(block))[0],
  };
}
