import { assert } from '../errors/aivm-error.ts';

/** One field of a packed struct: where it starts, how many bytes it has, and how its bytes are read. */
export interface Field<Kind extends FieldKind = FieldKind> {
  readonly kind: Kind;
  readonly offset: number;
  readonly size: number;
}

/** `i8s` and `i32s` are arrays of signed integers; `bytes` is a byte string of fixed size. */
export type FieldKind = 'u32' | 'u64' | 'i8' | 'i8s' | 'i32s' | 'bytes';

interface FieldValues {
  u32: number;
  u64: bigint;
  i8: number;
  i8s: Int8Array;
  i32s: readonly number[];
  bytes: Uint8Array;
}

type Fields = Readonly<Record<string, Field>>;

/**
 * One struct inside an arena. Reading and writing a property reads and writes the arena. Byte strings and int8 arrays
 * read as windows onto the arena, int32 arrays as copies; every write copies.
 */
export type LayoutView<F extends Fields> = { readonly bytes: Uint8Array } & {
  -readonly [Name in keyof F]: FieldValues[F[Name]['kind']];
};

/** A packed little-endian struct: its size, where its fields are, and views over bytes that hold it. */
export interface Layout<F extends Fields> {
  readonly name: string;
  /** Bytes of one struct. */
  readonly SIZE: number;
  readonly fields: F;
  /** The struct at `index` of a packed arena. Throws a RangeError where the arena has no such struct. */
  at(arena: Uint8Array, index?: number): LayoutView<F>;
  /** A new struct: zeros, then `values`. */
  create(values?: Partial<Omit<LayoutView<F>, 'bytes'>>): LayoutView<F>;
  /** A new zeroed arena of `count` structs. */
  createArena(count: number): Uint8Array;
}

/** The struct alignment of the accelerator headers: array elements never straddle it. */
const STRUCT_ALIGNMENT = 16;

const ALIGNMENT: Readonly<Record<FieldKind, number>> = { u32: 4, u64: 8, i8: 1, i8s: 1, i32s: 4, bytes: 1 };

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

/** Throws unless the fields ascend without overlap, are aligned, and fit the declared size. */
function assertFields(name: string, size: number, fields: Fields): void {
  assert(size > 0 && size % STRUCT_ALIGNMENT === 0, `${name}: size ${size} is not a multiple of 16`);
  let end = 0;
  for (const [fieldName, field] of Object.entries(fields)) {
    const at = `${name}.${fieldName}`;
    assert(field.size > 0, `${at}: empty field`);
    assert(
      field.offset >= end,
      `${at}: offset ${field.offset} overlaps the field before, which ends at ${end}`,
    );
    assert(field.offset % ALIGNMENT[field.kind] === 0, `${at}: offset ${field.offset} is not aligned`);
    end = field.offset + field.size;
  }
  assert(end <= size && size - end < 32, `${name}: fields end at ${end}, declared size is ${size}`);
}

function windowOf(name: string, size: number, arena: Uint8Array, index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || (index + 1) * size > arena.length) {
    throw new RangeError(`index: expected a ${name} inside ${arena.length} bytes, got ${index}`);
  }
  return arena.subarray(index * size, (index + 1) * size);
}

function assertLength(at: string, expected: number, actual: number): void {
  if (actual !== expected) throw new RangeError(`${at}: expected ${expected} elements, got ${actual}`);
}

/** The accessors of one field, over a view object that has `bytes`. */
function accessors(at: string, field: Field): PropertyDescriptor & ThisType<{ bytes: Uint8Array }> {
  const { kind, offset, size } = field;
  const dataOf = (view: { bytes: Uint8Array }): DataView =>
    new DataView(view.bytes.buffer, view.bytes.byteOffset + offset, size);
  switch (kind) {
    case 'u32':
      return integer(
        at,
        0,
        0xffffffff,
        (data) => data.getUint32(0, true),
        (data, n) => data.setUint32(0, n, true),
      );
    case 'i8':
      return integer(
        at,
        -128,
        127,
        (data) => data.getInt8(0),
        (data, n) => data.setInt8(0, n),
      );
    case 'u64':
      return {
        get() {
          return dataOf(this).getBigUint64(0, true);
        },
        set(value: bigint) {
          if (value < 0n || value > 0xffffffffffffffffn)
            throw new RangeError(`${at}: expected a u64, got ${value}`);
          dataOf(this).setBigUint64(0, value, true);
        },
      };
    case 'i32s':
      return {
        get() {
          const data = dataOf(this);
          return Array.from({ length: size / 4 }, (_, i) => data.getInt32(4 * i, true));
        },
        set(values: readonly number[]) {
          assertLength(at, size / 4, values.length);
          const data = dataOf(this);
          values.forEach((value, i) => {
            data.setInt32(4 * i, value, true);
          });
        },
      };
    default:
      return arrayAccessors(at, field);
  }

  function integer(
    label: string,
    min: number,
    max: number,
    read: (data: DataView) => number,
    write: (data: DataView, value: number) => void,
  ): PropertyDescriptor & ThisType<{ bytes: Uint8Array }> {
    return {
      get() {
        return read(dataOf(this));
      },
      set(value: number) {
        if (!Number.isInteger(value) || value < min || value > max) {
          throw new RangeError(`${label}: expected an integer in ${min}…${max}, got ${value}`);
        }
        write(dataOf(this), value);
      },
    };
  }
}

function arrayAccessors(at: string, field: Field): PropertyDescriptor & ThisType<{ bytes: Uint8Array }> {
  const { kind, offset, size } = field;
  return {
    get() {
      if (kind === 'bytes') return this.bytes.subarray(offset, offset + size);
      return new Int8Array(this.bytes.buffer, this.bytes.byteOffset + offset, size);
    },
    set(values: Uint8Array | Int8Array) {
      assertLength(at, size, values.length);
      this.bytes.set(values, offset);
    },
  };
}

/**
 * Defines a packed struct and checks its description once, so that a drifted layout stops the program at load.
 *
 * @example
 * const Point = defineLayout('Point', 16, { X: u32(0), Y: u32(4) });
 * const second = Point.at(arena, 1); second.X = 7;
 */
export function defineLayout<const F extends Fields>(name: string, size: number, fields: F): Layout<F> {
  assertFields(name, size, fields);
  class View {
    readonly bytes: Uint8Array;
    constructor(window: Uint8Array) {
      this.bytes = window;
    }
  }
  for (const [fieldName, field] of Object.entries(fields)) {
    Object.defineProperty(View.prototype, fieldName, {
      ...accessors(`${name}.${fieldName}`, field),
      enumerable: true,
    });
  }
  const viewOf = (window: Uint8Array): LayoutView<F> => new View(window) as unknown as LayoutView<F>;
  return Object.freeze({
    name,
    SIZE: size,
    fields,
    at: (arena: Uint8Array, index = 0) => viewOf(windowOf(name, size, arena, index)),
    create: (values: Partial<Omit<LayoutView<F>, 'bytes'>> = {}) =>
      Object.assign(viewOf(new Uint8Array(size)) as object, values) as LayoutView<F>,
    createArena: (count: number) => new Uint8Array(size * count),
  });
}
