import { assert } from '../errors/aivm-error.ts';
import { FIELD_ALIGNMENT, type Field, type FieldValues, fieldAccessors } from './field.ts';

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
    assert(field.offset % FIELD_ALIGNMENT[field.kind] === 0, `${at}: offset ${field.offset} is not aligned`);
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
      ...fieldAccessors(`${name}.${fieldName}`, field),
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
