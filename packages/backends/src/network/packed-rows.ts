import { type AttributesOf, type Network, readRowTail, rowStride, runningOperator } from '@aivm/core/network';

/** Bytes of what scales the sum of a row: constant i64, mult i64, shift i64. */
const TAIL_SIZE = 24;
/** Rows are padded with zeros to a multiple of this. */
const ROW_STEP = 16;
const ALIGNMENT = 64;

export const alignToLine = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

/** What an operator with rows does to the sum of each. */
export interface RowScaling {
  readonly zx: number;
  readonly zy: number;
  readonly lo: number;
  readonly hi: number;
}

/** The rows of one operator: where they are in the blob, and where they go. */
export interface PackedRows extends RowScaling {
  readonly tensor: number;
  /** Weights of a row, and with its padding. */
  readonly n: number;
  readonly padded: number;
  /** Rows. */
  readonly m: number;
  readonly place: number;
  /** From the beginning of the packed bytes. */
  readonly weights: number;
  readonly tails: number;
}

/** All rows that are packed, and the bytes that they take. */
export interface RowLayout {
  readonly rows: ReadonlyMap<number, PackedRows>;
  readonly size: number;
  readonly paddedMax: number;
  readonly rowsMax: number;
}

/** Rows of a `dense`, and of a `conv2d` without groups, whose windows become rows of activations. */
function rowsOf(
  network: Network,
  tensor: number,
): Pick<PackedRows, 'n' | 'm' | keyof RowScaling> | undefined {
  const { node, written } = runningOperator(network, tensor);
  const { kind } = network.header.operators[written]!;
  const { dims } = node.output;
  const m = dims[dims.length - 1]!;
  if (kind === 'dense') {
    const attributes = node.attributes as AttributesOf<'dense'>;
    const trailing = (from: readonly number[]): number =>
      from.slice(attributes.leading).reduce((product, length) => product * length, 1);
    return { ...attributes, n: trailing(node.inputs[0]!.dims), m: trailing(dims) };
  }
  if (kind !== 'conv2d') return undefined;
  const attributes = node.attributes as AttributesOf<'conv2d'>;
  if (attributes.groups !== 1) return undefined;
  return { ...attributes, n: attributes.kernelY * attributes.kernelX * node.inputs[0]!.dims[2]!, m };
}

/** Where the rows of a network go. */
export function layOutRows(network: Network): RowLayout {
  const rows = new Map<number, PackedRows>();
  let [size, paddedMax, rowsMax] = [0, 0, 0];
  for (let tensor = 0; tensor < network.tensorCount; tensor++) {
    const found = rowsOf(network, tensor);
    if (found === undefined) continue;
    const { n, m, zx, zy, lo, hi } = found;
    const padded = Math.ceil(n / ROW_STEP) * ROW_STEP;
    const weights = size;
    const tails = weights + alignToLine(m * padded);
    size = tails + alignToLine(m * TAIL_SIZE);
    paddedMax = Math.max(paddedMax, padded);
    rowsMax = Math.max(rowsMax, m);
    const { place } = runningOperator(network, tensor);
    rows.set(tensor, { tensor, n, padded, m, zx, zy, lo, hi, place, weights, tails });
  }
  return { rows, size, paddedMax, rowsMax };
}

/** Copies rows from the blob to `memory`, from `base` on. */
export function packRows(layout: RowLayout, blob: Uint8Array, memory: ArrayBuffer, base: number): void {
  const bytes = new Uint8Array(memory);
  const view = new DataView(memory);
  for (const { n, padded, m, zx, place, weights, tails } of layout.rows.values()) {
    for (let row = 0; row < m; row++) {
      const start = place + row * rowStride(n);
      const source = blob.subarray(start, start + n);
      bytes.set(source, base + weights + row * padded);
      const { bias, mult, shift } = readRowTail(blob, start + n);
      const tail = base + tails + row * TAIL_SIZE;
      view.setBigInt64(tail, BigInt(bias - zx * sumOf(source)), true);
      view.setBigInt64(tail + 8, BigInt(mult), true);
      view.setBigInt64(tail + 16, BigInt(shift), true);
    }
  }
}

function sumOf(row: Uint8Array): number {
  let sum = 0;
  for (const byte of row) sum += (byte << 24) >> 24;
  return sum;
}
