import { struct } from '../../bytes/codec/composites.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { requireInputType, requireOutputDims, requireOutputType } from './checks.ts';
import { narrowOutput, numbersOf, type Operator, oneRun } from './operator.ts';

const attributes = struct('Lut', {});

/** The value of the table's entry in its first bytes. */
function entryOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 1 ? view.getInt8(0) : view.getInt16(0, true);
}

function lut(number: number, type: 'i8' | 'i16'): Operator<Readonly<Record<never, unknown>>> {
  const size = ELEMENT_SIZE[type];
  const entryCount = 2 ** (8 * size);
  /** The entry of the smallest input stands first. */
  const half = entryCount / 2;
  return {
    number,
    attributes,
    inputCount: [1, 1],
    check: (spec) => {
      requireOutputDims(spec, requireInputType(spec, 0, [type]).dims);
      requireOutputType(spec, [type]);
    },
    macs: () => 1,
    blobSize: () => entryCount * size,
    reads: () => [
      { source: 0, runs: oneRun(size) },
      { source: 'blob', runs: oneRun(size) },
    ],
    unit: (_node, element, read) => {
      const x = read.numbers(0, element, 1)[0] as number;
      return BigInt(entryOf(read.blob((x + half) * size, size)));
    },
    run: ({ output }, memory) => {
      const x = numbersOf(memory, 0);
      const y = narrowOutput(memory);
      const { buffer, byteOffset } = memory.blob;
      const table =
        type === 'i8'
          ? new Int8Array(buffer, byteOffset, entryCount)
          : new Int16Array(buffer, byteOffset, entryCount);
      for (let i = 0; i < output.count; i++) y[i] = table[(x[i] as number) + half] as number;
    },
  };
}

/** table[x + 128], a table of 256 i8: any function of one i8. */
export const lut8: Operator<Readonly<Record<never, unknown>>> = lut(10, 'i8');
/** table[x + 32,768], a table of 65,536 i16: any function of one i16. */
export const lut16: Operator<Readonly<Record<never, unknown>>> = lut(11, 'i16');
