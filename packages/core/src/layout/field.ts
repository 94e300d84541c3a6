/** `i8s` and `i32s` are arrays of signed integers; `bytes` is a byte string of fixed size. */
export type FieldKind = 'u32' | 'u64' | 'i8' | 'i8s' | 'i32s' | 'bytes';

/** One field of a packed struct: where it starts, how many bytes it has, and how its bytes are read. */
export interface Field<Kind extends FieldKind = FieldKind> {
  readonly kind: Kind;
  readonly offset: number;
  readonly size: number;
}

/** What a field of each kind reads as. */
export interface FieldValues {
  u32: number;
  u64: bigint;
  i8: number;
  i8s: Int8Array;
  i32s: readonly number[];
  bytes: Uint8Array;
}

/** Natural alignment of each kind, in bytes. */
export const FIELD_ALIGNMENT: Readonly<Record<FieldKind, number>> = {
  u32: 4,
  u64: 8,
  i8: 1,
  i8s: 1,
  i32s: 4,
  bytes: 1,
};

export const u32 = (offset: number): Field<'u32'> => ({ kind: 'u32', offset, size: 4 });
export const u64 = (offset: number): Field<'u64'> => ({ kind: 'u64', offset, size: 8 });
export const i8 = (offset: number): Field<'i8'> => ({ kind: 'i8', offset, size: 1 });
export const i8s = (offset: number, count: number): Field<'i8s'> => ({ kind: 'i8s', offset, size: count });
export const i32s = (offset: number, count: number): Field<'i32s'> => ({
  kind: 'i32s',
  offset,
  size: 4 * count,
});
export const bytes = (offset: number, size: number): Field<'bytes'> => ({ kind: 'bytes', offset, size });

/** A struct's bytes; the accessors of its fields are defined over it. */
interface Struct {
  readonly bytes: Uint8Array;
}

type Accessors = PropertyDescriptor & ThisType<Struct>;

const dataOf = ({ bytes: struct }: Struct, { offset, size }: Field): DataView =>
  new DataView(struct.buffer, struct.byteOffset + offset, size);

function assertInteger(at: string, value: number, [min, max]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${at}: expected an integer in ${min}…${max}, got ${value}`);
}

function assertCount(at: string, expected: number, actual: number): void {
  if (actual !== expected) throw new RangeError(`${at}: expected ${expected} elements, got ${actual}`);
}

/** The accessors of each kind; `at` names the field in errors. */
const ACCESSORS: Readonly<Record<FieldKind, (at: string, field: Field) => Accessors>> = {
  u32: (at, field) => ({
    get() {
      return dataOf(this, field).getUint32(0, true);
    },
    set(value: number) {
      assertInteger(at, value, [0, 0xffffffff]);
      dataOf(this, field).setUint32(0, value, true);
    },
  }),
  i8: (at, field) => ({
    get() {
      return dataOf(this, field).getInt8(0);
    },
    set(value: number) {
      assertInteger(at, value, [-128, 127]);
      dataOf(this, field).setInt8(0, value);
    },
  }),
  u64: (at, field) => ({
    get() {
      return dataOf(this, field).getBigUint64(0, true);
    },
    set(value: bigint) {
      if (value !== BigInt.asUintN(64, value)) throw new RangeError(`${at}: expected a u64, got ${value}`);
      dataOf(this, field).setBigUint64(0, value, true);
    },
  }),
  i32s: (at, field) => ({
    get() {
      const data = dataOf(this, field);
      return Array.from({ length: field.size / 4 }, (_, i) => data.getInt32(4 * i, true));
    },
    set(values: readonly number[]) {
      assertCount(at, field.size / 4, values.length);
      const data = dataOf(this, field);
      for (const [i, value] of values.entries()) {
        assertInteger(at, value, [-(2 ** 31), 2 ** 31 - 1]);
        data.setInt32(4 * i, value, true);
      }
    },
  }),
  i8s: (at, field) => ({
    get() {
      return new Int8Array(this.bytes.buffer, this.bytes.byteOffset + field.offset, field.size);
    },
    set(values: Int8Array) {
      assertCount(at, field.size, values.length);
      this.bytes.set(values, field.offset);
    },
  }),
  bytes: (at, field) => ({
    get() {
      return this.bytes.subarray(field.offset, field.offset + field.size);
    },
    set(values: Uint8Array) {
      assertCount(at, field.size, values.length);
      this.bytes.set(values, field.offset);
    },
  }),
};

/** The property that reads and writes `field` in an object that has the struct's `bytes`. */
export const fieldAccessors = (at: string, field: Field): PropertyDescriptor =>
  ACCESSORS[field.kind](at, field);
