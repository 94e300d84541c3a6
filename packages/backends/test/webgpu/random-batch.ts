import type { KernelBackend } from '@aivm/core/kernels';
import {
  AIVMRoundDescriptor,
  Attestation,
  AuditAnchor,
  InferenceOp,
  InferenceResult,
  InferenceWeights,
  ModelRegistryEntry,
  ProofVerifyOp,
  ProofVerifyResult,
} from '@aivm/core/layout';

/** One large call on arenas of its own. */
export interface RandomBatch {
  readonly arenas: Uint8Array[];
  readonly run: (backend: KernelBackend, arenas: readonly Uint8Array[]) => unknown;
}

/** Numbers from a seed: below a bound, and arenas in which one block of 16 bytes in eight is zero. */
function createDraw(seed: number): {
  below(bound: number): number;
  arena(size: number, count: number): Uint8Array;
} {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    below: (bound) => Math.floor((next() / 2 ** 32) * bound),
    arena(size, count) {
      const bytes = new Uint8Array(size * count);
      const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
      for (let at = 0; at < words.length; at += 4) {
        if (next() >>> 29 === 0) continue;
        for (let i = at; i < Math.min(at + 4, words.length); i++) words[i] = next();
      }
      return bytes;
    },
  };
}

/** Offsets of every alignment, outputs that several ops claim, shifts over the whole byte, every status. */
export function inferenceBatch(seed: number, count: number): RandomBatch {
  const { below, arena } = createDraw(seed);
  const weights = arena(InferenceWeights.SIZE, 1);
  weights[InferenceWeights.fields.Shift1.offset] = below(3) === 0 ? below(256) : below(16);
  weights[InferenceWeights.fields.Shift2.offset] = below(3) === 0 ? below(256) : below(12);
  const ops = arena(InferenceOp.SIZE, count);
  const isStraight = below(2) === 0;
  for (let index = 0; index < count; index++) {
    const op = InferenceOp.at(ops, index);
    if (below(16) > 0) op.ModelHash = InferenceWeights.at(weights).ModelHash;
    op.Mode = below(3);
    op.InputLen = below(32) === 0 ? below(40) : 32;
    op.OutputCapacity = below(32) === 0 ? 0 : 1 + below(3);
    op.InputOffset = isStraight ? 32 * index : below(32 * count - 31);
    op.OutputOffset = isStraight ? index : below(count);
  }
  const outputs = arena(4, count).slice(0, count);
  return {
    arenas: [weights, ops, arena(32, count), outputs, arena(InferenceResult.SIZE, count)],
    run: (backend, [w, o, x, y, r]) => backend.inferenceStep(w!, o!, x!, y!, r!),
  };
}

/** Missing fields, ties and near misses of the clock. */
export function proofBatch(seed: number, count: number): RandomBatch {
  const { below, arena } = createDraw(seed);
  const ops = arena(ProofVerifyOp.SIZE, count);
  const missing = [
    [0, 32],
    [32, 48],
    [80, 96],
  ] as const;
  for (let index = 0; index < count; index++) {
    const op = ProofVerifyOp.at(ops, index);
    for (const [offset, size] of missing) {
      if (below(6) > 0) continue;
      op.bytes.fill(0, offset, offset + size);
      if (below(3) === 0) op.bytes[offset + below(size)] = 1 + below(255);
    }
    if (below(3) === 0) op.ExpiryNS = BigInt(below(2));
    else if (below(2) === 0) op.ExpiryNS = BigInt.asUintN(64, op.TimestampNS + BigInt(below(3) - 1));
  }
  return {
    arenas: [ops, arena(ProofVerifyResult.SIZE, count)],
    run: (backend, [o, r]) => backend.proofVerify(o!, r!),
  };
}

/** Three tables of `count` slots, from nearly empty to full. */
export function epochBatch(seed: number, count: number): RandomBatch {
  const { below, arena } = createDraw(seed);
  const density = below(5);
  const occupy = (table: Uint8Array, size: number, offset: number): Uint8Array => {
    const view = new DataView(table.buffer);
    for (let at = offset; at < table.length; at += size) {
      if (below(4) >= density) view.setUint32(at, 0, true);
      else if (view.getUint32(at, true) === 0) view.setUint32(at, 1, true);
    }
    return table;
  };
  const desc = AIVMRoundDescriptor.at(arena(AIVMRoundDescriptor.SIZE, 1));
  const attestations = arena(Attestation.SIZE, count);
  for (let slot = 0; slot < count; slot++) {
    const entry = Attestation.at(attestations, slot);
    entry.Status = below(8);
    if (below(3) === 0) entry.ExpiryNS = BigInt.asUintN(64, desc.TimestampNS + BigInt(below(3) - 1));
  }
  return {
    arenas: [
      desc.bytes,
      occupy(attestations, Attestation.SIZE, Attestation.fields.Occupied.offset),
      occupy(
        arena(ModelRegistryEntry.SIZE, count),
        ModelRegistryEntry.SIZE,
        ModelRegistryEntry.fields.Occupied.offset,
      ),
      occupy(arena(AuditAnchor.SIZE, count), AuditAnchor.SIZE, AuditAnchor.fields.Occupied.offset),
      arena(160, 1),
      arena(192, 1),
    ],
    run: (backend, [d, a, m, n, e, r]) => backend.epochTransition(d!, a!, m!, n!, e!, r!),
  };
}
