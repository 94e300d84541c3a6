import { concatBytes } from '@aivm/core/bytes';
import type { Random } from '../attestation-fuzz/random.ts';

/** One small change. `others` are further valid inputs to take parts of. */
type Operator = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

/** Where a change is worth the most: lengths, versions and counts stand at the front as often as anywhere else. */
const placeIn = (bytes: Uint8Array, random: Random): number =>
  random.below(4) === 0 ? random.below(Math.min(bytes.length, 48)) : random.below(bytes.length);

const replace = (bytes: Uint8Array, from: number, until: number, part: Uint8Array): Uint8Array =>
  concatBytes(bytes.subarray(0, from), part, bytes.subarray(until));

function withByte(bytes: Uint8Array, place: number, change: (byte: number) => number): Uint8Array {
  const changed = bytes.slice();
  if (place < changed.length) changed[place] = change(changed[place] ?? 0);
  return changed;
}

const U32 = [0, 1, 2, 0x7f, 0xff, 0x100, 0xffff, 0x10000, 0x100001, 0x7fffffff, 0x80000000, 0xffffffff];

/** Writes a u32 over a place, one that says something like a length there wherever one is near. */
const editLength: Operator = (bytes, random) => {
  if (bytes.length < 4) return bytes;
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  let place = random.below(bytes.length - 3);
  for (let i = 0; i < 64 && view.getUint32(place, true) > bytes.length; i++) {
    place = (place + 1) % (bytes.length - 3);
  }
  const value = view.getUint32(place, true);
  const next = random.pick([value + 1, value - 1, value * 2, bytes.length, random.pick(U32)]);
  view.setUint32(place, next >>> 0, true);
  return changed;
};

/** Longer than any kind of input may be; rare, because copying it costs more than a hundred other cases. */
const inflate: Operator = (bytes, random) =>
  random.below(64) === 0 ? concatBytes(bytes, new Uint8Array(random.pick([300_000, 1_100_000]))) : bytes;

export const BYTE_OPERATORS: Readonly<Record<string, Operator>> = {
  flipBit: (bytes, random) =>
    withByte(bytes, placeIn(bytes, random), (byte) => byte ^ (1 << random.below(8))),
  setByte: (bytes, random) =>
    withByte(bytes, placeIn(bytes, random), () =>
      random.pick([0, 1, 2, 0x7f, 0x80, 0xff, random.below(256)]),
    ),
  insert: (bytes, random) => {
    const place = placeIn(bytes, random);
    return replace(bytes, place, place, random.bytes(1 + random.below(8)));
  },
  delete: (bytes, random) => {
    const place = placeIn(bytes, random);
    return replace(bytes, place, Math.min(bytes.length, place + 1 + random.below(8)), new Uint8Array());
  },
  duplicate: (bytes, random) => {
    const place = placeIn(bytes, random);
    const part = bytes.slice(place, place + 1 + random.below(64));
    return replace(bytes, place, place, part);
  },
  splice: (bytes, random, others) => {
    const other = random.pick(others);
    return concatBytes(
      bytes.subarray(0, random.below(bytes.length)),
      other.subarray(random.below(other.length)),
    );
  },
  overwrite: (bytes, random, others) => {
    const other = random.pick(others);
    const from = random.below(other.length);
    const part = other.slice(from, from + 1 + random.below(64));
    const place = placeIn(bytes, random);
    return replace(bytes, place, Math.min(bytes.length, place + part.length), part);
  },
  truncate: (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  editLength,
  inflate,
};

const NAMES = Object.keys(BYTE_OPERATORS);

/** A mutant of `bytes`, one to three changes away, and the name of the first change. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
): { readonly bytes: Uint8Array; readonly operator: string } {
  const operator = random.pick(NAMES);
  let mutant = (BYTE_OPERATORS[operator] as Operator)(bytes, random, others);
  for (let more = random.below(4); more >= 2; more--) {
    if (mutant.length === 0) break;
    mutant = (BYTE_OPERATORS[random.pick(NAMES)] as Operator)(mutant, random, others);
  }
  return { bytes: mutant, operator };
}
