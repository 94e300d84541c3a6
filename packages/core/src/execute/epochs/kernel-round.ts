import { ROUND_MODE } from '../../kernels/constants.ts';
import { AIVMEpochState } from '../../layout/aivm-epoch-state.ts';
import { AIVMRoundDescriptor } from '../../layout/aivm-round-descriptor.ts';
import { AIVMTransitionResult } from '../../layout/aivm-transition-result.ts';
import { AnchorOp } from '../../layout/anchor-op.ts';
import { AttestationOp } from '../../layout/attestation-op.ts';
import { ModelOp } from '../../layout/model-op.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain } from '../../state/read.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';
import { applyAnchors, beginAnchors, loadAnchors } from './anchor-table.ts';
import { NANOSECONDS } from './anchors.ts';
import { KernelTable, takeOldestOps, waitingOps } from './kernel-ops.ts';
import {
  countOccupied,
  type HashTable,
  hasRoom,
  loadTable,
  loadTouchedPages,
  PAGE_SLOTS,
  rehashTable,
  storePages,
} from './kernel-tables.ts';

const OP_SIZES: Readonly<Record<KernelTable, number>> = {
  [KernelTable.attestation]: AttestationOp.SIZE,
  [KernelTable.model]: ModelOp.SIZE,
  [KernelTable.anchor]: AnchorOp.SIZE,
};

/** Members of a table's chain record: its slots, and those of them that hold something. */
const TABLE_MEMBERS = {
  [KernelTable.attestation]: { slots: 'attestationSlots', entries: 'attestationEntries' },
  [KernelTable.model]: { slots: 'modelSlots', entries: 'modelEntries' },
} as const satisfies Record<HashTable, object>;

type RoundCounts = Partial<
  Record<'AttestationOpCount' | 'ModelOpCount' | 'AnchorOpCount' | 'ClosingFlag', number>
>;

function describeRound(context: BlockContext, epoch: bigint, mode: number, counts: RoundCounts): Uint8Array {
  const { chainId, aivmStateRoot } = readChain(context.state);
  const { bytes } = AIVMRoundDescriptor.create({
    ChainID: chainId,
    Round: epoch,
    TimestampNS: BigInt(context.timestamp) * NANOSECONDS,
    Epoch: epoch,
    Mode: mode,
    AttestationOpCount: 0,
    ModelOpCount: 0,
    AnchorOpCount: 0,
    ClosingFlag: 0,
    ParentAIVMRoot: aivmStateRoot,
    ...counts,
  });
  return bytes;
}

/** Applies operations to one of the open-addressed tables: only the pages that they touch are read and written. */
function applyToTable(
  context: BlockContext,
  table: HashTable,
  bytes: Uint8Array,
  apply: (arena: Uint8Array) => void,
): void {
  const opSize = OP_SIZES[table];
  const count = bytes.length / opSize;
  const members = TABLE_MEMBERS[table];
  const { [members.slots]: slots, [members.entries]: entries } = readChain(context.state);
  const isLarge = hasRoom(table, slots, entries, count);
  const loaded = isLarge
    ? loadTouchedPages(context, table, slots, { bytes, opSize })
    : rehashTable(context, loadTable(context, table, slots), count);
  const kept = isLarge ? entries - countOccupied(loaded) : 0;
  apply(loaded.arena);
  storePages(context, loaded);
  updateChain(context, () => ({
    [members.slots]: isLarge ? slots : loaded.pages.size * PAGE_SLOTS,
    [members.entries]: kept + countOccupied(loaded),
  }));
}

/**
 * Applies the oldest operations that wait for the kernels, through the context's engine: at most kernelOpsPerBlock, so
 * that a block's work does not grow with what others have queued.
 */
export function applyKernelOps(context: BlockContext): void {
  const { state, kernels } = context;
  const chain = readChain(state);
  if (waitingOps(chain) === 0) return;
  const ops = takeOldestOps(context);
  const attestations = ops[KernelTable.attestation];
  const models = ops[KernelTable.model];
  const anchors = ops[KernelTable.anchor];
  if (attestations.length > 0) {
    const count = attestations.length / AttestationOp.SIZE;
    const desc = describeRound(context, chain.epoch, ROUND_MODE.attestation, { AttestationOpCount: count });
    applyToTable(context, KernelTable.attestation, attestations, (arena) =>
      kernels.attestationApply(desc, attestations, arena),
    );
    updateChain(context, (now) => ({ attestationsApplied: now.attestationsApplied + count }));
  }
  if (models.length > 0) {
    const count = models.length / ModelOp.SIZE;
    const desc = describeRound(context, chain.epoch, ROUND_MODE.provenance, { ModelOpCount: count });
    applyToTable(context, KernelTable.model, models, (arena) => kernels.provenanceApply(desc, models, arena));
  }
  if (anchors.length > 0) {
    const count = anchors.length / AnchorOp.SIZE;
    const desc = describeRound(context, chain.epoch, ROUND_MODE.anchor, { AnchorOpCount: count });
    applyAnchors(context, desc, anchors, count);
  }
}

/**
 * Closes the kernels' epoch: the transition expires attestations and commits to all tables, through the context's engine.
 * What still waits belongs to the epoch that opens. Work grows with what is registered and live, never with history or
 * with what was queued.
 */
export function closeKernelEpoch(context: BlockContext): void {
  const { state, kernels } = context;
  const chain = readChain(state);
  // The chain counts the epoch that opens; the round belongs to the one that closed, and the transition adds 1.
  const desc = describeRound(context, chain.epoch - 1n, ROUND_MODE.epoch, { ClosingFlag: 1 });
  const attestations = loadTable(context, KernelTable.attestation, chain.attestationSlots);
  const models = loadTable(context, KernelTable.model, chain.modelSlots);
  const anchors = loadAnchors(context);
  const epoch = state.get(stateKeys.epochState())?.slice() ?? new Uint8Array(AIVMEpochState.SIZE);
  const result = new Uint8Array(AIVMTransitionResult.SIZE);
  kernels.epochTransition(desc, attestations.arena, models.arena, anchors, epoch, result);
  storePages(context, attestations);
  state.set(stateKeys.epochState(), epoch);
  beginAnchors(context);
  updateChain(context, () => ({
    aivmStateRoot: AIVMTransitionResult.at(result).AIVMStateRoot.slice(),
    attestationsApplied: 0,
  }));
}
