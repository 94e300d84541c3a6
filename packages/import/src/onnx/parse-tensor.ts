import { AivmError } from '@aivm/core/errors';
import type { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  bfloatToNumber,
  halfToNumber,
  NUMBER_FORMATS,
  type NumberFormat,
  readNumbers,
} from '../tensor/number-formats.ts';
import { countOf, type Tensor } from '../tensor/tensor.ts';
import { readMessage } from './read-message.ts';

/** Bytes of a file beside the model; undefined if there is none of that name. */
export type ExternalData = (location: string) => Uint8Array | undefined;

/** Numbers of the element types in the ONNX schema. */
const FORMATS: Readonly<Record<number, NumberFormat>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  16: 'BF16',
};

/** A TensorProto. @throws AivmError `import_refused`, `malformed`, `not_found` */
export function parseTensor(
  reader: BinaryReader,
  size: number,
  external: ExternalData,
): { name: string; tensor: Tensor } {
  const dims: number[] = [];
  const values: number[] = [];
  const places = new Map<string, string>();
  let [name, type, raw] = ['', 0, undefined as Uint8Array | undefined];
  const push = (value: number): unknown => values.push(value);
  readMessage(reader, size, {
    1: { packed: 'int64', push: (value) => dims.push(value) },
    2: () => {
      type = reader.int32();
    },
    4: { packed: 'float', push },
    5: { packed: 'int32', push },
    7: { packed: 'int64', push },
    8: () => {
      name = reader.string();
    },
    9: () => {
      raw = reader.bytes();
    },
    10: { packed: 'double', push },
    11: { packed: 'uint64', push },
    13: (length) => {
      let key = '';
      readMessage(reader, length, {
        1: () => {
          key = reader.string();
        },
        2: () => places.set(key, reader.string()),
      });
    },
  });
  const format = FORMATS[type];
  if (format === undefined)
    throw new AivmError('import_refused', `tensor "${name}": elements of type ${type} have no integer form`);
  const { isInteger, size: elementSize } = NUMBER_FORMATS[format];
  const bytes = raw ?? (places.size > 0 ? externalBytes(name, places, external) : undefined);
  const count = countOf(dims);
  const found = bytes === undefined ? values.length : Math.floor(bytes.length / elementSize);
  if (found < count)
    throw new AivmError('malformed', `tensor "${name}": ${found} elements; its axes need ${count}`);
  const data = bytes === undefined ? fromFields(values, format) : readNumbers(bytes, format, count);
  return { name, tensor: { dims, data, isInteger, isInt8: format === 'I8' } };
}

/** Halves stand as their bits in the field of 32-bit integers. */
function fromFields(values: readonly number[], format: NumberFormat): Float32Array | Float64Array {
  if (format === 'F16') return Float32Array.from(values, halfToNumber);
  if (format === 'BF16') return Float32Array.from(values, bfloatToNumber);
  return format === 'F32' ? Float32Array.from(values) : Float64Array.from(values);
}

function externalBytes(
  name: string,
  places: ReadonlyMap<string, string>,
  external: ExternalData,
): Uint8Array {
  const location = places.get('location') ?? '';
  const file = external(location);
  if (file === undefined)
    throw new AivmError('not_found', `tensor "${name}": no file "${location}" beside the model`);
  const offset = Number(places.get('offset') ?? 0);
  const length = Number(places.get('length') ?? file.length - offset);
  return file.subarray(offset, offset + length);
}
