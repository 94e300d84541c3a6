import { concatBytes } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { createKernelArena } from '../../kernels/backend.ts';
import { MODEL_OP_KIND, ROUND_MODE } from '../../kernels/constants.ts';
import { readU32 } from '../../kernels/words.ts';
import { AIVMEpochState } from '../../layout/aivm-epoch-state.ts';
import { AIVMRoundDescriptor } from '../../layout/aivm-round-descriptor.ts';
import { AIVMTransitionResult } from '../../layout/aivm-transition-result.ts';
import { AnchorOp } from '../../layout/anchor-op.ts';
import { Attestation } from '../../layout/attestation.ts';
import { AttestationOp } from '../../layout/attestation-op.ts';
import { AuditAnchor } from '../../layout/audit-anchor.ts';
import { ModelOp } from '../../layout/model-op.ts';
import { ModelRegistryEntry } from '../../layout/model-registry-entry.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain } from '../../state/read.ts';
import type { Chain } from '../../state/records/chain.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';
import { NANOSECONDS } from './anchors.ts';
import { KernelTable } from './kernel-ops.ts';
import { loadTable, sizeTable, storeTable } from './kernel-tables.ts';

interface RoundOps {
  readonly attestations: Uint8Array;
  readonly models: Uint8Array;
  readonly anchors: Uint8Array;
}

/** Takes the queued operations of one table out of the state, in order. */
function takeOps(context: BlockContext, table: KernelTable, count: number): Uint8Array {
  const ops: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const key = stateKeys.kernelOp(table, index);
    const op = context.state.get(key);
    assert(op !== undefined, 'a queued kernel operation is missing');
    ops.push(op);
    context.state.delete(key);
  }
  // Joined in parts: a spread of 65,536 arguments would overflow the stack of some engines.
  return ops.length <= 1_024 ? concatBytes(...ops) : joinMany(ops);
}

function joinMany(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts[0]?.length ?? 0;
  const joined = new Uint8Array(parts.length * size);
  for (const [i, part] of parts.entries()) joined.set(part, i * size);
  return joined;
}

/** Only registrations take slots; whatever else was queued finds its entry. */
function countRegistrations(models: Uint8Array): number {
  let count = 0;
  for (let offset = 0; offset < models.length; offset += ModelOp.SIZE) {
    if (readU32(models, offset + ModelOp.fields.Kind.offset) === MODEL_OP_KIND.register) count += 1;
  }
  return count;
}

function describeRound(context: BlockContext, chain: Chain, ops: RoundOps): Uint8Array {
  // The chain counts the epoch that opens; the round belongs to the one that closed, and the transition adds 1.
  const closed = chain.epoch - 1n;
  const { bytes } = AIVMRoundDescriptor.create({
    ChainID: chain.chainId,
    Round: closed,
    TimestampNS: BigInt(context.timestamp) * NANOSECONDS,
    Epoch: closed,
    Mode: ROUND_MODE.fullRound,
    AttestationOpCount: ops.attestations.length / AttestationOp.SIZE,
    ModelOpCount: ops.models.length / ModelOp.SIZE,
    AnchorOpCount: ops.anchors.length / AnchorOp.SIZE,
    ClosingFlag: 1,
    ParentAIVMRoot: chain.aivmStateRoot,
  });
  return bytes;
}

/** The epoch's anchor table: the last anchor, so that the first new one has something to extend, and room for the queue. */
function anchorTable(context: BlockContext, queued: number): Uint8Array {
  const last = context.state.get(stateKeys.lastAnchor());
  const slots = (last === undefined ? 0 : 1) + queued;
  const arena = createKernelArena(context.kernels, slots * AuditAnchor.SIZE);
  if (last !== undefined) arena.set(last, 0);
  return arena;
}

/**
 * One full round of the kernels over what the closed epoch queued, through the context's engine: three applies, then the
 * transition that commits to all tables. Work grows with what is registered and live, never with history.
 */
export function runKernelRound(context: BlockContext): void {
  const { state, kernels } = context;
  const chain = readChain(state);
  const ops: RoundOps = {
    attestations: takeOps(context, KernelTable.attestation, chain.attestationOps),
    models: takeOps(context, KernelTable.model, chain.modelOps),
    anchors: takeOps(context, KernelTable.anchor, chain.anchorOps),
  };
  const desc = describeRound(context, chain, ops);
  const attestations = sizeTable(
    context,
    KernelTable.attestation,
    loadTable(context, KernelTable.attestation, chain.attestationSlots),
    chain.attestationOps,
  );
  const models = sizeTable(
    context,
    KernelTable.model,
    loadTable(context, KernelTable.model, chain.modelSlots),
    countRegistrations(ops.models),
  );
  const anchors = anchorTable(context, chain.anchorOps);
  kernels.attestationApply(desc, ops.attestations, attestations);
  kernels.provenanceApply(desc, ops.models, models);
  const applied = kernels.anchorApply(desc, ops.anchors, anchors);
  assert(applied === chain.anchorOps, 'an anchor does not extend the last one');
  const epoch = state.get(stateKeys.epochState())?.slice() ?? new Uint8Array(AIVMEpochState.SIZE);
  const result = new Uint8Array(AIVMTransitionResult.SIZE);
  kernels.epochTransition(desc, attestations, models, anchors, epoch, result);
  storeTable(context, KernelTable.attestation, attestations, chain.attestationSlots);
  storeTable(context, KernelTable.model, models, chain.modelSlots);
  state.set(stateKeys.epochState(), epoch);
  if (anchors.length > 0) state.set(stateKeys.lastAnchor(), anchors.slice(-AuditAnchor.SIZE));
  updateChain(context, () => ({
    aivmStateRoot: AIVMTransitionResult.at(result).AIVMStateRoot.slice(),
    attestationSlots: attestations.length / Attestation.SIZE,
    modelSlots: models.length / ModelRegistryEntry.SIZE,
    attestationOps: 0,
    modelOps: 0,
    anchorOps: 0,
  }));
}
