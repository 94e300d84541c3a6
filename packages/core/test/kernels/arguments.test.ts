import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { AIVMRoundDescriptor, InferenceOp, InferenceWeights } from '@aivm/core/layout';
import { expect, test } from 'vitest';

const backend: KernelBackend = referenceBackend;
const desc = new Uint8Array(96);
const bytes = (size: number): Uint8Array => new Uint8Array(size);
const missing = undefined as unknown as Uint8Array;

/** One valid op on all-zero weights, with the given fields changed. */
function infer(fields: Parameters<typeof InferenceOp.create>[0], weights = bytes(672)): void {
  const op = InferenceOp.create({ InputLen: 32, OutputCapacity: 1, ...fields });
  backend.inferenceStep(weights, op.bytes, bytes(32), bytes(1), bytes(112));
}

test.each<[string, () => unknown, RegExp]>([
  [
    'short desc',
    () => backend.attestationApply(bytes(95), bytes(0), bytes(0)),
    /^desc: expected 96 bytes, got 95$/,
  ],
  [
    'torn ops',
    () => backend.attestationApply(desc, bytes(143), bytes(0)),
    /^ops: expected a multiple of 144/,
  ],
  [
    'torn table',
    () => backend.attestationApply(desc, bytes(0), bytes(145)),
    /^attestations: expected a multiple/,
  ],
  [
    'torn model ops',
    () => backend.provenanceApply(desc, bytes(144), bytes(0)),
    /^ops: expected a multiple of 160/,
  ],
  ['torn models', () => backend.provenanceApply(desc, bytes(0), bytes(1)), /^models: /],
  [
    'torn anchor ops',
    () => backend.anchorApply(desc, bytes(127), bytes(0)),
    /^ops: expected a multiple of 128/,
  ],
  ['torn anchors', () => backend.anchorApply(desc, bytes(0), bytes(129)), /^anchors: /],
  [
    'short epoch',
    () => backend.epochTransition(desc, bytes(0), bytes(0), bytes(0), bytes(159), bytes(192)),
    /^epoch: expected 160 bytes, got 159$/,
  ],
  [
    'short result',
    () => backend.epochTransition(desc, bytes(0), bytes(0), bytes(0), bytes(160), bytes(0)),
    /^result: expected 192 bytes, got 0$/,
  ],
  [
    'weights missing',
    () => backend.inferenceStep(missing, bytes(144), bytes(32), bytes(1), bytes(112)),
    /^weights: expected Uint8Array, got undefined$/,
  ],
  ['short weights', () => infer({}, bytes(671)), /^weights: expected 672 bytes/],
  [
    'short inputs',
    () => backend.inferenceStep(bytes(672), bytes(144), bytes(31), bytes(1), bytes(112)),
    /^inputs: expected 32 bytes, got 31$/,
  ],
  [
    'long outputs',
    () => backend.inferenceStep(bytes(672), bytes(144), bytes(32), bytes(2), bytes(112)),
    /^outputs: expected 1 bytes, got 2$/,
  ],
  [
    'short results',
    () => backend.inferenceStep(bytes(672), bytes(144), bytes(32), bytes(1), bytes(0)),
    /^results: expected 112 bytes, got 0$/,
  ],
  ['input out of range', () => infer({ InputOffset: 1 }), /^ops\[0\]\.InputOffset: /],
  ['input at 2^32-1', () => infer({ InputOffset: 0xffffffff }), /^ops\[0\]\.InputOffset: /],
  ['output out of range', () => infer({ OutputOffset: 1 }), /^ops\[0\]\.OutputOffset: /],
  ['short proof results', () => backend.proofVerify(bytes(240), bytes(47)), /^results: expected 48 bytes/],
])('%s is an error that names the argument', (_, act, message) => {
  expect(act).toThrow(message);
});

test('a bad offset stops the batch before any byte changes', () => {
  const ops = new Uint8Array(288);
  InferenceOp.at(ops, 0).bytes.set(InferenceOp.create({ InputLen: 32, OutputCapacity: 1 }).bytes);
  InferenceOp.at(ops, 1).bytes.set(
    InferenceOp.create({ InputLen: 32, OutputCapacity: 1, OutputOffset: 2 }).bytes,
  );
  const [outputs, results] = [bytes(2).fill(9), bytes(224).fill(9)];
  expect(() => backend.inferenceStep(bytes(672), ops, bytes(64), outputs, results)).toThrow(
    /ops\[1\]\.OutputOffset/,
  );
  expect([...outputs, ...results].every((byte) => byte === 9)).toBe(true);
});

test('offsets of an op that ends early are not looked at', () => {
  expect(() => infer({ InputLen: 31, InputOffset: 0xffffffff })).not.toThrow();
  expect(() => infer({ OutputCapacity: 0, OutputOffset: 0xffffffff })).not.toThrow();
  expect(() =>
    infer({ InputOffset: 99 }, InferenceWeights.create({ ModelHash: bytes(32).fill(1) }).bytes),
  ).not.toThrow();
});

test('arenas that share memory are refused, whichever way they overlap', () => {
  const shared = bytes(576);
  const overlap = () => backend.attestationApply(desc, shared.subarray(0, 288), shared.subarray(144, 432));
  expect(overlap).toThrow(/^ops: expected memory of its own, got memory shared with attestations$/);
  expect(() => backend.attestationApply(desc, shared.subarray(0, 288), shared.subarray(288))).not.toThrow();
});

test('no ops is a no-op', () => {
  expect(backend.attestationApply(desc, bytes(0), bytes(0))).toBe(0);
  expect(() => backend.inferenceStep(bytes(672), bytes(0), bytes(0), bytes(0), bytes(0))).not.toThrow();
  expect(() => backend.proofVerify(bytes(0), bytes(0))).not.toThrow();
  const asked = AIVMRoundDescriptor.create({ AttestationOpCount: 5 }).bytes;
  expect(backend.attestationApply(asked, bytes(0), bytes(144))).toBe(0);
});
