import { equalBytes } from '@aivm/core/bytes';
import type { KernelBackend } from '@aivm/core/kernels';
import {
  AIVMRoundDescriptor,
  AnchorOp,
  Attestation,
  AttestationOp,
  AuditAnchor,
  InferenceOp,
  InferenceWeights,
  ModelOp,
  ModelRegistryEntry,
  ProofVerifyOp,
} from '@aivm/core/layout';

/** One kernel call on arenas of its own, from a seed. */
export interface RandomCall {
  readonly arenas: Uint8Array[];
  readonly run: (backend: KernelBackend, arenas: readonly Uint8Array[]) => unknown;
}

/** Draws: an integer below a bound, and arenas whose bytes collide, tie, vanish and fill padding. */
interface Source {
  below(bound: number): number;
  pick<Value>(...values: readonly [Value, ...Value[]]): Value;
  arena(size: number, count: number): Uint8Array;
}

function createSource(seed: number): Source {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  const below = (bound: number): number => Math.floor((next() / 2 ** 32) * bound);
  return {
    below,
    pick: (...values) => values[below(values.length)]!,
    arena(size, count) {
      const bytes = new Uint8Array(size * count);
      const variety = [2, 3, 256][below(3)]!;
      for (let at = 0; at < bytes.length; at += 16) {
        const kind = below(8);
        for (let i = at; i < at + 16; i++) bytes[i] = kind === 0 ? 0 : kind < 3 ? below(variety) : next();
      }
      return bytes;
    },
  };
}

const writeU32 = (bytes: Uint8Array, offset: number, value: number): void =>
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(offset, value, true);

/** Gives every struct one of few keys, so that slots are found again, collide and fill up. */
function shareKeys(source: Source, bytes: Uint8Array, size: number, keys: Uint8Array): void {
  const count = keys.length / 32;
  for (let at = 0; at < bytes.length; at += size) {
    if (source.below(5) === 0) continue;
    const key = source.below(count) * 32;
    bytes.set(keys.subarray(key, key + 32), at);
  }
}

function occupy(source: Source, table: Uint8Array, size: number, offset: number): void {
  const dense = source.below(3);
  for (let at = 0; at < table.length; at += size) {
    writeU32(table, at + offset, source.below(4) <= dense ? source.pick(1, 1, 7, 0x80000000) : 0);
  }
}

/** Small times, so that expiries lie on both sides of now and on it. */
function setTimes(source: Source, bytes: Uint8Array, size: number, offsets: readonly number[]): void {
  for (let at = 0; at < bytes.length; at += size) {
    for (const offset of offsets) {
      if (source.below(8) === 0) continue;
      writeU32(bytes, at + offset, source.below(4));
      writeU32(bytes, at + offset + 4, source.pick(0, 0, 0, 1));
    }
  }
}

function createDesc(source: Source, opCount: number): Uint8Array {
  const bytes = source.arena(AIVMRoundDescriptor.SIZE, 1);
  const desc = AIVMRoundDescriptor.at(bytes);
  desc.TimestampNS = BigInt(source.pick(0, 1, 2, 3, 2 ** 32));
  const count = source.pick(opCount, opCount, opCount, 0, source.below(opCount + 1), 0xffffffff);
  Object.assign(desc, { AttestationOpCount: count, ModelOpCount: count, AnchorOpCount: count });
  desc.ClosingFlag = source.pick(0, 1, 0x100);
  return bytes;
}

const slotCount = (source: Source): number => source.pick(0, 1, 2, 4, 8, 16, 32, 64, 3, 5, 12, 33, 100);

function attestationCall(source: Source): RandomCall {
  const [opCount, keys] = [source.below(60), source.arena(32, 1 + source.below(24))];
  const ops = source.arena(AttestationOp.SIZE, opCount);
  const table = source.arena(Attestation.SIZE, slotCount(source));
  shareKeys(source, ops, AttestationOp.SIZE, keys);
  shareKeys(source, table, Attestation.SIZE, keys);
  setTimes(source, ops, AttestationOp.SIZE, [112]);
  occupy(source, table, Attestation.SIZE, Attestation.fields.Occupied.offset);
  return {
    arenas: [createDesc(source, opCount), ops, table],
    run: (backend, [d, o, t]) => backend.attestationApply(d!, o!, t!),
  };
}

function provenanceCall(source: Source): RandomCall {
  const [opCount, keys] = [source.below(60), source.arena(32, 1 + source.below(24))];
  const ops = source.arena(ModelOp.SIZE, opCount);
  const table = source.arena(ModelRegistryEntry.SIZE, slotCount(source));
  shareKeys(source, ops, ModelOp.SIZE, keys);
  shareKeys(source, table, ModelRegistryEntry.SIZE, keys);
  occupy(source, table, ModelRegistryEntry.SIZE, ModelRegistryEntry.fields.Occupied.offset);
  for (let index = 0; index < opCount; index++) {
    const op = ModelOp.at(ops, index);
    op.Kind = source.pick(0, 0, 1, 1, 2, 3, 4, 0xffffffff);
    if (source.below(3) === 0) op.ParameterCount = 0n;
  }
  for (let at = 0; at < table.length; at += ModelRegistryEntry.SIZE) {
    if (source.below(4) === 0) table.fill(0xff, at + 120, at + 128);
  }
  return {
    arenas: [createDesc(source, opCount), ops, table],
    run: (backend, [d, o, t]) => backend.provenanceApply(d!, o!, t!),
  };
}

function anchorCall(source: Source): RandomCall {
  const opCount = source.below(40);
  const ops = source.arena(AnchorOp.SIZE, opCount);
  const table = source.arena(AuditAnchor.SIZE, slotCount(source));
  setTimes(source, ops, AnchorOp.SIZE, [96]);
  for (let at = AnchorOp.SIZE; at < ops.length; at += AnchorOp.SIZE) {
    if (source.below(6) > 0) ops.copyWithin(at + 32, at - AnchorOp.SIZE, at - AnchorOp.SIZE + 32);
    if (source.below(3) > 0) writeU32(ops, at + 96, at / AnchorOp.SIZE);
  }
  const full = source.below(table.length / AuditAnchor.SIZE + 1);
  for (let slot = 0; slot * AuditAnchor.SIZE < table.length; slot++) {
    const flag = slot < full ? 1 : slot === full ? 0 : source.pick(0, 0, 1);
    writeU32(
      table,
      slot * AuditAnchor.SIZE + AuditAnchor.fields.Occupied.offset,
      source.below(4) === 0 ? 0 : flag,
    );
  }
  return {
    arenas: [createDesc(source, opCount), ops, table],
    run: (backend, [d, o, t]) => backend.anchorApply(d!, o!, t!),
  };
}

function epochCall(source: Source): RandomCall {
  const attestations = source.arena(Attestation.SIZE, slotCount(source));
  const models = source.arena(ModelRegistryEntry.SIZE, slotCount(source));
  const anchors = source.arena(AuditAnchor.SIZE, slotCount(source));
  setTimes(source, attestations, Attestation.SIZE, [112]);
  for (let at = 0; at < attestations.length; at += Attestation.SIZE) {
    writeU32(attestations, at + 132, source.pick(0, 2, 2, 4, 6, 0xffffffff));
  }
  occupy(source, attestations, Attestation.SIZE, Attestation.fields.Occupied.offset);
  occupy(source, models, ModelRegistryEntry.SIZE, ModelRegistryEntry.fields.Occupied.offset);
  occupy(source, anchors, AuditAnchor.SIZE, AuditAnchor.fields.Occupied.offset);
  const desc = createDesc(source, 0);
  if (source.below(8) === 0) AIVMRoundDescriptor.at(desc).Epoch = 2n ** 64n - 1n;
  return {
    arenas: [desc, attestations, models, anchors, source.arena(160, 1), source.arena(192, 1)],
    run: (backend, [d, a, m, n, e, r]) => backend.epochTransition(d!, a!, m!, n!, e!, r!),
  };
}

function inferenceCall(source: Source): RandomCall {
  const count = source.below(40);
  const weights = source.arena(InferenceWeights.SIZE, 1);
  weights[596] = source.pick(source.below(16), source.below(256), 31, 32, 255);
  weights[597] = source.pick(source.below(16), source.below(256), 31, 32, 128);
  const ops = source.arena(InferenceOp.SIZE, count);
  const strays = source.below(10) === 0;
  for (let index = 0; index < count; index++) {
    const op = InferenceOp.at(ops, index);
    if (source.below(9) > 0) op.ModelHash = weights.subarray(600, 632);
    op.Mode = source.pick(0, 1, 2, 0x80000000);
    op.InputLen = source.below(12) === 0 ? source.pick(0, 31, 33) : 32;
    op.OutputCapacity = source.below(12) === 0 ? 0 : source.pick(1, 9);
    op.InputOffset = source.below(32 * count - 31);
    op.OutputOffset = source.below(count);
    if (strays && source.below(count) === 0) op.OutputOffset = source.pick(count, 0xffffffff);
  }
  return {
    arenas: [
      weights,
      ops,
      source.arena(32, count),
      source.arena(16, count).subarray(0, count),
      source.arena(112, count),
    ],
    run: (backend, [w, o, x, y, r]) => backend.inferenceStep(w!, o!, x!, y!, r!),
  };
}

function proofCall(source: Source): RandomCall {
  const count = source.below(40);
  const ops = source.arena(ProofVerifyOp.SIZE, count);
  setTimes(source, ops, ProofVerifyOp.SIZE, [208, 216]);
  for (let at = 0; at < ops.length; at += ProofVerifyOp.SIZE) {
    const [start, size] = source.pick([0, 0], [0, 0], [0, 32], [32, 48], [80, 96]);
    ops.fill(0, at + start!, at + start! + size!);
    if (size! > 0 && source.below(3) === 0) ops[at + start! + size! - 1] = 1;
  }
  return {
    arenas: [ops, source.arena(48, count)],
    run: (backend, [o, r]) => backend.proofVerify(o!, r!),
  };
}

const CALLS = [attestationCall, provenanceCall, anchorCall, epochCall, inferenceCall, proofCall];

/** The call of a seed; kernels take turns. */
export function createRandomCall(seed: number): RandomCall {
  return CALLS[seed % CALLS.length]!(createSource(seed));
}

/** Index of the first arena that differs, or −1. */
export const firstDifferentArena = (left: readonly Uint8Array[], right: readonly Uint8Array[]): number =>
  left.findIndex((arena, index) => !equalBytes(arena, right[index]!));
