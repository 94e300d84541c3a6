import { AivmError } from '@aivm/core/errors';
import { NUMBER_FORMATS, type NumberFormat, readNumbers } from '../tensor/number-formats.ts';
import { countOf, type Tensor } from '../tensor/tensor.ts';

/** Headers of real checkpoints have some hundred kilobytes. */
const HEADER_BYTES_MAX = 100_000_000;
const LENGTH_BYTES = 8;

interface Entry {
  readonly dtype: NumberFormat;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Tensors by name, read from the bytes only when they are asked for. */
export interface TensorSource {
  readonly names: readonly string[];
  /** @throws AivmError `not_found` */
  read(name: string): Tensor;
}

/**
 * The tensors of a safetensors file: u64 length of a JSON header, the header, then the bytes.
 *
 * @param name of the file, for errors
 * @throws AivmError `malformed`
 */
export function openSafetensors(bytes: Uint8Array, name: string): TensorSource {
  const refuse = (detail: string): never => {
    throw new AivmError('malformed', `${name}: ${detail}`);
  };
  if (bytes.length < LENGTH_BYTES) return refuse(`${bytes.length} bytes; a safetensors file has more`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > HEADER_BYTES_MAX || LENGTH_BYTES + length > bytes.length)
    return refuse(`its header states ${length} bytes; the file has ${bytes.length}`);
  const body = bytes.subarray(LENGTH_BYTES + length);
  const entries = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), refuse);
  for (const [tensor, entry] of entries) requireEntry(tensor, entry, body.length, refuse);
  return {
    names: [...entries.keys()],
    read: (tensor) => {
      const entry = entries.get(tensor);
      if (entry === undefined) throw new AivmError('not_found', `${name}: no tensor "${tensor}"`);
      const { dtype, shape, data_offsets: offsets } = entry;
      const data = readNumbers(body.subarray(...offsets), dtype, countOf(shape));
      return { dims: shape, data, isInteger: NUMBER_FORMATS[dtype].isInteger };
    },
  };
}

function parseHeader(bytes: Uint8Array, refuse: (detail: string) => never): Map<string, Entry> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    refuse('its header is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('its header is no object');
  return new Map(Object.entries(value as Record<string, Entry>).filter(([key]) => key !== '__metadata__'));
}

function requireEntry(
  tensor: string,
  entry: unknown,
  bodySize: number,
  refuse: (detail: string) => never,
): void {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Partial<Entry>;
  if (typeof dtype !== 'string' || !Object.hasOwn(NUMBER_FORMATS, dtype))
    refuse(
      `tensor "${tensor}" has the type ${String(dtype)}; known are ${Object.keys(NUMBER_FORMATS).join(', ')}`,
    );
  const isLength = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength)) refuse(`tensor "${tensor}" has no shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isLength))
    refuse(`tensor "${tensor}" has no offsets`);
  const [start, end] = offsets as [number, number];
  const size = countOf(shape as number[]) * NUMBER_FORMATS[dtype as NumberFormat].size;
  if (end - start !== size || end > bodySize)
    refuse(`tensor "${tensor}" stands at ${start}…${end}; it takes ${size} of ${bodySize} bytes`);
}
