import { createWasmBackend } from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import {
  AIVMRoundDescriptor,
  AnchorOp,
  AttestationOp,
  InferenceOp,
  ModelOp,
  ProofVerifyOp,
} from '@aivm/core/layout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const wasm = createWasmBackend();

/**
 * Random bytes with the shapes that hurt: few different values, so that keys collide and times tie, and long runs of
 * zeros, so that fields are missing and slots are free.
 */
const arena = (structSize: number, counts: { min: number; max: number }): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.integer(counts), fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constantFrom(2, 3, 5, 256))
    .map(([count, seed, variety]) => {
      const bytes = new Uint8Array(count * structSize);
      let state = seed;
      const next = (): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
        return state >>> 16;
      };
      for (let word = 0; word < bytes.length; word += 16) {
        const kind = next() % 4;
        for (let i = 0; i < 16; i++)
          bytes[word + i] = kind === 0 ? 0 : kind === 1 ? next() % variety : next();
      }
      return bytes;
    });

/** Sets the u32 at `offset` of each struct to one of `values`, by turns that depend on the bytes already there. */
function steer(bytes: Uint8Array, size: number, offset: number, values: readonly number[]): Uint8Array {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    const pick = (bytes[at + 40] as number) + (bytes[at + 17] as number);
    data.setUint32(at + offset, values[pick % values.length] as number, true);
  }
  return bytes;
}

/** Makes every third key a repetition of an earlier one. */
function repeatKeys(bytes: Uint8Array, size: number): Uint8Array {
  for (let index = 3; index * size < bytes.length; index += 3) {
    const earlier = (index * 7) % index;
    bytes.copyWithin(index * size, earlier * size, earlier * size + 32);
  }
  return bytes;
}

const desc = fc
  .tuple(arena(96, { min: 1, max: 1 }), fc.constantFrom(0, 3, 20, 64, 2 ** 32 - 1), fc.boolean())
  .map(([bytes, count, small]) => {
    const view = AIVMRoundDescriptor.at(bytes);
    view.AttestationOpCount = count;
    view.ModelOpCount = count;
    view.AnchorOpCount = count;
    if (small) view.TimestampNS = 0x0000_0002_0000_0002n;
    return bytes;
  });

/** 0 and odd lengths included: a length need not be a power of two. */
const slots = { min: 0, max: 40 };
const opCounts = { min: 0, max: 48 };

type Call = (backend: KernelBackend, arenas: Uint8Array[]) => unknown;

interface Outcome {
  readonly answer: unknown;
  readonly arenas: readonly Uint8Array[];
}

/** Runs one engine on copies. A thrown error is an answer too. */
function outcomeOf(backend: KernelBackend, call: Call, arenas: readonly Uint8Array[]): Outcome {
  const copies = arenas.map((bytes) => Uint8Array.from(bytes));
  try {
    return { answer: call(backend, copies), arenas: copies };
  } catch (error) {
    return { answer: error instanceof Error ? `${error.name}: ${error.message}` : error, arenas: copies };
  }
}

/** Answers, errors and every byte of every arena must be the same. */
function expectSame(call: Call, arenas: readonly Uint8Array[]): void {
  const actual = outcomeOf(wasm, call, arenas);
  const expected = outcomeOf(referenceBackend, call, arenas);
  expect(actual.answer).toBe(expected.answer);
  const differing = expected.arenas.findIndex((bytes, index) => !equalBytes(bytes, actual.arenas[index]!));
  // The deep comparison, slow on arenas, is only for the message.
  if (differing >= 0) expect(actual.arenas[differing]).toEqual(expected.arenas[differing]);
  expect(differing).toBe(-1);
}

describe('WebAssembly answers as the reference does', () => {
  test('attestationApply', () => {
    const ops = arena(144, opCounts).map((bytes) => repeatKeys(bytes, AttestationOp.SIZE));
    const tables = arena(144, slots).map((bytes) => steer(bytes, 144, 136, [0, 1, 0, 7]));
    fc.assert(
      fc.property(desc, ops, tables, (...arenas) =>
        expectSame((backend, [d, o, t]) => backend.attestationApply(d!, o!, t!), arenas),
      ),
    );
  });

  test('attestationApply into a full table', () => {
    const ops = arena(144, opCounts).map((bytes) => repeatKeys(bytes, AttestationOp.SIZE));
    const tables = arena(144, { min: 1, max: 20 }).map((bytes) => steer(bytes, 144, 136, [1, 0x100]));
    fc.assert(
      fc.property(desc, ops, tables, (d, o, t) => {
        t.set(o.subarray(0, Math.min(32, o.length, t.length)));
        expectSame((backend, [a, b, c]) => backend.attestationApply(a!, b!, c!), [d, o, t]);
      }),
    );
  });

  test('provenanceApply', () => {
    const ops = arena(160, opCounts).map((bytes) =>
      steer(repeatKeys(bytes, ModelOp.SIZE), 160, 132, [0, 0, 1, 2, 3, 4, 1, 2 ** 32 - 1]),
    );
    const tables = arena(160, slots).map((bytes) => {
      for (let at = 0; at < bytes.length; at += 320) bytes.fill(0xff, at + 120, at + 128);
      return steer(bytes, 160, 140, [0, 1, 0, 9]);
    });
    fc.assert(
      fc.property(desc, ops, tables, (d, o, t) => {
        for (let at = 0; at + 32 <= Math.min(o.length, t.length); at += 320)
          t.set(o.subarray(at, at + 32), at);
        expectSame((backend, [a, b, c]) => backend.provenanceApply(a!, b!, c!), [d, o, t]);
      }),
    );
  });

  test('anchorApply', () => {
    const ops = arena(128, opCounts).map((bytes) => {
      // Most links follow from the one before; some heights do not grow.
      for (let at = 128; at < bytes.length; at += 128) {
        if ((bytes[at + 40] as number) % 4 > 0) bytes.copyWithin(at + 32, at - 128, at - 96);
        bytes.fill(0, at + 96, at + 104);
        bytes[at + 96 + (at % 3 === 0 ? 4 : 0)] = (at / 128) % 50;
      }
      return bytes;
    });
    const tables = arena(128, slots).map((bytes) => steer(bytes, 128, 112, [0, 0, 1, 3]));
    fc.assert(
      fc.property(desc, ops, tables, fc.nat(5), (d, o, t, occupied) => {
        for (let slot = 0; slot < occupied && slot * 128 < t.length; slot++) t[slot * 128 + 112] = 1;
        const last = (occupied - 1) * 128;
        if (last >= 0 && last < t.length && o.length > 0) {
          t.copyWithin(last + 96, last + 104, last + 112);
          o.set(t.subarray(last, last + 32), 32);
        }
        expectSame((backend, [a, b, c]) => backend.anchorApply(a!, b!, c!), [d, o, t]);
      }),
    );
  });

  test('epochTransition', () => {
    const table = (size: number, flag: number) =>
      arena(size, slots).map((bytes) => steer(bytes, size, flag, [0, 1, 5]));
    const one = (size: number) => arena(size, { min: 1, max: 1 });
    fc.assert(
      fc.property(desc, table(144, 136), table(160, 140), table(128, 112), one(160), one(192), (...arenas) =>
        expectSame((backend, [d, a, m, n, e, r]) => backend.epochTransition(d!, a!, m!, n!, e!, r!), arenas),
      ),
    );
  });

  test('epochTransition over more slots than one piece', () => {
    for (const count of [511, 512, 513, 1025]) {
      const [d, a, m, n] = fc.sample(
        fc.tuple(
          desc,
          arena(144, { min: count, max: count }),
          arena(160, { min: count, max: count }),
          arena(128, { min: count, max: count }),
        ),
        1,
      )[0] as Uint8Array[];
      expectSame(
        (backend, [d2, a2, m2, n2, e, r]) => backend.epochTransition(d2!, a2!, m2!, n2!, e!, r!),
        [d!, a!, m!, n!, new Uint8Array(160), new Uint8Array(192)],
      );
    }
  });

  test('inferenceStep, good and bad offsets, overlapping outputs', () => {
    const ops = arena(144, { min: 0, max: 24 });
    const weights = arena(672, { min: 1, max: 1 });
    const offsets = fc.record({
      stray: fc.constantFrom(0, 0, 1, 40, 2 ** 32 - 1),
      shifts: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 40 })),
    });
    fc.assert(
      fc.property(weights, ops, arena(32, { min: 24, max: 24 }), offsets, (w, o, x, { stray, shifts }) => {
        const count = o.length / InferenceOp.SIZE;
        w[596] = shifts[0];
        w[597] = shifts[1];
        for (let index = 0; index < count; index++) {
          const op = InferenceOp.at(o, index);
          const chance = op.bytes[70] as number;
          if (chance % 8 !== 1) op.bytes.set(w.subarray(600, 632));
          op.Mode = chance % 3;
          op.InputLen = chance % 16 === 2 ? 31 : 32;
          op.OutputCapacity = chance % 16 === 3 ? 0 : 1;
          op.InputOffset = (chance * 7) % (32 * count - 31);
          op.OutputOffset = chance % count;
          if (index === count - 1 && stray > 0) op.OutputOffset = (count + stray - 1) % 2 ** 32;
        }
        const arenas = [
          w,
          o,
          x.slice(0, 32 * count),
          new Uint8Array(count).fill(0x5a),
          new Uint8Array(112 * count).fill(0xa5),
        ];
        expectSame((backend, [w2, o2, x2, y, r]) => backend.inferenceStep(w2!, o2!, x2!, y!, r!), arenas);
      }),
    );
  });

  test('inferenceStep and proofVerify over more ops than one piece', () => {
    for (const count of [513, 1024]) {
      const [w, o, p] = [new Uint8Array(672), new Uint8Array(144 * count), new Uint8Array(240 * count)];
      for (let index = 0; index < count; index++) {
        const op = InferenceOp.at(o, index);
        Object.assign(op, {
          InputLen: 32,
          OutputCapacity: 1,
          Mode: index % 5 === 0 ? 0 : 2,
          OutputOffset: index,
        });
        op.RoundID = BigInt(index);
        op.Salt = new Uint8Array(32).fill(index);
        ProofVerifyOp.at(p, index).Nonce = index;
      }
      expectSame(
        (backend, [w2, o2, x, y, r]) => backend.inferenceStep(w2!, o2!, x!, y!, r!),
        [w, o, new Uint8Array(32 * count), new Uint8Array(count), new Uint8Array(112 * count)],
      );
      expectSame((backend, [a, b]) => backend.proofVerify(a!, b!), [p, new Uint8Array(48 * count)]);
    }
  });

  test('proofVerify', () => {
    fc.assert(
      fc.property(arena(240, { min: 0, max: 17 }), (ops) =>
        expectSame(
          (backend, [o, r]) => backend.proofVerify(o!, r!),
          [ops, new Uint8Array((ops.length / 240) * 48).fill(0xa5)],
        ),
      ),
    );
  });

  test('errors for bad arguments, in the same words', () => {
    const sizes = fc.array(fc.constantFrom(0, 1, 95, 96, 143, 144, 160, 288), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(sizes, (all) => {
        const arenas = all.map((size) => new Uint8Array(size));
        expectSame((backend, [a, b, c]) => backend.attestationApply(a!, b!, c!), arenas.slice(0, 3));
        expectSame((backend, [a, b, c]) => backend.provenanceApply(a!, b!, c!), arenas.slice(0, 3));
        expectSame((backend, [a, b, c]) => backend.anchorApply(a!, b!, c!), arenas.slice(0, 3));
        expectSame((backend, [a, b, c, d, e, f]) => backend.epochTransition(a!, b!, c!, d!, e!, f!), arenas);
        expectSame(
          (backend, [a, b, c, d, e]) => backend.inferenceStep(a!, b!, c!, d!, e!),
          arenas.slice(0, 5),
        );
        expectSame((backend, [a, b]) => backend.proofVerify(a!, b!), arenas.slice(0, 2));
      }),
    );
  });
});

test('a table of the largest size the chain makes fits, twice in a row', () => {
  const ops = new Uint8Array(AttestationOp.SIZE * 2);
  ops.fill(1, 0, 120).fill(2, 144, 264);
  const table = new Uint8Array(144 * 2 ** 17);
  const counted = AIVMRoundDescriptor.create({ AttestationOpCount: 2 }).bytes;
  expect(wasm.attestationApply(counted, ops, table)).toBe(2);
  expect(wasm.attestationApply(counted, ops, table)).toBe(2);
  expect(wasm.anchorApply(counted, new Uint8Array(AnchorOp.SIZE), new Uint8Array(0))).toBe(0);
});
