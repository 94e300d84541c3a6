import type { KernelBackend } from '@aivm/core/kernels';
import {
  AIVMRoundDescriptor,
  Attestation,
  AttestationOp,
  ModelOp,
  ModelRegistryEntry,
} from '@aivm/core/layout';
import fc from 'fast-check';

/** Where the probe paths of a call's keys begin, around places of a table that two threads share. */
export type Spread =
  | 'anywhere'
  | 'middle'
  | 'end'
  | 'both borders'
  | 'one slot'
  | 'one slot behind a border'
  | 'first half'
  | 'second half';

export interface TableCall {
  readonly kernel: 'attestationApply' | 'provenanceApply';
  readonly slots: number;
  readonly ops: number;
  /** Distinct keys. */
  readonly keys: number;
  readonly spread: Spread;
  /** Slots that are taken before, in 256. */
  readonly taken: number;
  readonly seed: number;
}

const KINDS = {
  attestationApply: { op: AttestationOp.SIZE, slot: Attestation.SIZE, occupied: 136 },
  provenanceApply: { op: ModelOp.SIZE, slot: ModelRegistryEntry.SIZE, occupied: 140 },
} as const;

/** Inverse of the hash's factor modulo 2^32: a key for any slot can be made. */
const INVERSE = (() => {
  let inverse = 1;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(0x1b3, inverse));
  return inverse;
})();

function createDraw(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A slot near a place, mostly before it, so that paths run over it. */
const near = (draw: () => number, place: number): number => place + (draw() % 12) - 9;

function firstSlot(draw: () => number, { spread, slots }: TableCall): number {
  const half = slots / 2;
  switch (spread) {
    case 'middle':
      return near(draw, half);
    case 'end':
      return near(draw, slots);
    case 'both borders':
      return near(draw, draw() % 2 === 0 ? half : slots);
    case 'one slot':
      return half - 1;
    case 'one slot behind a border':
      return 60;
    case 'first half':
      return draw() % half;
    case 'second half':
      return half + (draw() % half);
    default:
      return draw();
  }
}

function createKeys(draw: () => number, call: TableCall): Uint8Array {
  const keys = new Uint8Array(32 * call.keys);
  const view = new DataView(keys.buffer);
  for (let at = 0; at < keys.length; at += 32) {
    const hash = (draw() & -call.slots) | (firstSlot(draw, call) & (call.slots - 1));
    view.setUint32(at, Math.imul(hash, INVERSE) ^ 0x84222325, true);
    view.setUint32(at + 8, at);
  }
  return keys;
}

/** Fills with bytes that say where they came from, and here and there with zeros. */
function fillStructs(draw: () => number, bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += 8) bytes.fill(draw() % 256, at, at + 8);
  for (let at = 0; at < bytes.length; at += size) {
    if (draw() % 16 === 0) bytes.fill(0, at + 32, at + 112);
  }
}

/** The arenas of a call: description of the round, ops, table. The same call gives the same bytes. */
export function createTableArenas(call: TableCall): [Uint8Array, Uint8Array, Uint8Array] {
  const { op, slot, occupied } = KINDS[call.kernel];
  const draw = createDraw(call.seed);
  const keys = createKeys(draw, call);
  const keyOf = (): Uint8Array => keys.subarray((draw() % call.keys) * 32).subarray(0, 32);
  const [ops, table] = [new Uint8Array(op * call.ops), new Uint8Array(slot * call.slots)];
  fillStructs(draw, ops, op);
  fillStructs(draw, table, slot);
  const views = [ops, table].map((arena) => new DataView(arena.buffer)) as [DataView, DataView];
  for (let at = 0; at < ops.length; at += op) {
    ops.set(keyOf(), at);
    views[0].setUint32(at + 112, draw() % 4, true);
    views[0].setUint32(at + 116, 0);
    // Registering most, so that tables fill, then every other kind and one that does not exist.
    if (call.kernel === 'provenanceApply') views[0].setUint32(at + 132, Math.max(0, (draw() % 9) - 4), true);
  }
  for (let at = 0; at < table.length; at += slot) {
    if (draw() % 4 > 0) table.set(keyOf(), at);
    views[1].setUint32(at + occupied, draw() % 256 < call.taken ? 1 : 0, true);
  }
  const desc = AIVMRoundDescriptor.create({
    TimestampNS: 2n,
    AttestationOpCount: call.ops,
    ModelOpCount: call.ops,
  });
  return [desc.bytes, ops, table];
}

/** Runs the call on fresh arenas: the count, and the table after it. */
export function runTableCall(
  backend: KernelBackend,
  call: TableCall,
): { applied: number; table: Uint8Array } {
  const [desc, ops, table] = createTableArenas(call);
  return { applied: backend[call.kernel](desc, ops, table), table };
}

/** Calls of a few hundred ops on small tables, from empty to full. */
export const smallTableCalls: fc.Arbitrary<TableCall> = fc.record({
  kernel: fc.constantFrom('attestationApply', 'provenanceApply'),
  slots: fc.constantFrom(128, 256, 512, 1024),
  ops: fc.integer({ min: 20, max: 700 }),
  keys: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 700 })),
  spread: fc.constantFrom<Spread>(
    'anywhere',
    'middle',
    'end',
    'both borders',
    'one slot',
    'one slot behind a border',
    'first half',
    'second half',
  ),
  taken: fc.constantFrom(0, 0, 16, 64, 128, 200, 240, 256),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
});
