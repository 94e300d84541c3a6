import { type BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** A list of numbers, which stands packed or one by one on the wire. */
export interface PackedField {
  readonly packed: 'float' | 'double' | 'int32' | 'int64' | 'uint64';
  readonly push: (value: number) => void;
}

/** What reads a field. It gets the size of a message that it then reads with {@link readMessage}. */
export type Field = ((size: number) => unknown) | PackedField;

/**
 * Reads a message of `size` bytes from where the reader stands: each field by its number, others are skipped.
 *
 * @throws Error for bytes that are no such message
 */
export function readMessage(
  reader: BinaryReader,
  size: number,
  fields: Readonly<Record<number, Field>>,
): void {
  const end = reader.pos + size;
  if (end > reader.len) throw new RangeError(`a message of ${size} bytes ends behind the file`);
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field === undefined) reader.skip(wireType, number);
    else if (typeof field !== 'function') readPacked(reader, wireType, field);
    // Fields that hold messages are read by functions that take their size.
    else field(field.length === 1 ? reader.uint32() : 0);
  }
  if (reader.pos !== end) throw new RangeError(`a field ends ${reader.pos - end} bytes behind its message`);
}

function readPacked(reader: BinaryReader, wireType: WireType, { packed, push }: PackedField): void {
  const one = (): void => push(Number(reader[packed]()));
  if (wireType !== WireType.LengthDelimited) {
    one();
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) one();
}
