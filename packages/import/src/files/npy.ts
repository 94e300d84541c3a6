import { AivmError } from '@aivm/core/errors';
import { NUMBER_FORMATS, type NumberFormat, readNumbers } from '../tensor/number-formats.ts';
import { countOf, type Tensor } from '../tensor/tensor.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const FORMATS: Readonly<Record<string, NumberFormat>> = {
  '<f8': 'F64',
  '<f4': 'F32',
  '<f2': 'F16',
  '<i8': 'I64',
  '<i4': 'I32',
  '<i2': 'I16',
  '|i1': 'I8',
  '|u1': 'U8',
  '<u2': 'U16',
  '<u4': 'U32',
  '|b1': 'BOOL',
};

/**
 * The array of an .npy file (versions 1 to 3, row-major).
 *
 * @param name of the file, for errors
 * @throws AivmError `malformed`
 */
export function parseNpy(bytes: Uint8Array, name: string): Tensor {
  const refuse = (detail: string): never => {
    throw new AivmError('malformed', `${name}: ${detail}`);
  };
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte)) return refuse('no .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) return refuse(`its header has ${length} bytes; the file ends before`);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (/'fortran_order':\s*True/.test(header)) return refuse('column-major; save it row-major');
  const format = FORMATS[type];
  if (format === undefined || shape === undefined)
    return refuse(`numbers of type "${type}"; known are ${Object.keys(FORMATS).join(', ')}`);
  const dims = shape
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const body = bytes.subarray(start + length);
  const { size, isInteger } = NUMBER_FORMATS[format];
  if (body.length < countOf(dims) * size)
    return refuse(
      `${body.length} bytes of numbers; ${countOf(dims)} of ${type} take ${countOf(dims) * size}`,
    );
  return { dims, data: readNumbers(body, format, countOf(dims)), isInteger };
}
