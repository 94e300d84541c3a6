import {
  type AttributesOf,
  createNetwork,
  type NetworkHeader,
  type OperatorNode,
  type RunMemory,
  type TensorData,
} from '@aivm/core/network';
import { loadNetwork } from './load-network.ts';
import type { NetworkEngine } from './network-engine.ts';
import { alignToLine, layOutRows, type PackedRows, packRows, type RowLayout } from './packed-rows.ts';
import { instantiateRows, type RowInstance } from './row-module.ts';
import { type RunOperator, runReference } from './run-operator.ts';

/** Places whose rows are multiplied in one call. */
const PLACES = 64;

/**
 * Rows of weights (`dense`, `conv2d` without groups) in WebAssembly with SIMD, everything else by the reference. A network
 * whose rows do not fit WebAssembly's memory runs by the reference alone.
 *
 * @throws Error at the first network if this JavaScript engine has no WebAssembly
 */
export function createWasmEngine(): NetworkEngine {
  return {
    name: 'wasm',
    load: (header, blob) => loadNetwork(header, blob, (weights) => createRun(header, weights)),
  };
}

function createRun(header: NetworkHeader, blob: Uint8Array): RunOperator {
  const layout = layOutRows(createNetwork(header, { T: 1, N: 1 }));
  if (layout.rows.size === 0) return runReference;
  const multiplier = openMultiplier(layout, blob);
  if (multiplier === undefined) return runReference;
  return (tensor, running, node, memory) => {
    const rows = layout.rows.get(tensor);
    if (rows === undefined) runReference(tensor, running, node, memory);
    else if (header.operators[running.written]!.kind === 'dense') multiplier.dense(rows, memory);
    else multiplier.convolve(rows, node as OperatorNode<AttributesOf<'conv2d'>>, memory);
  };
}

function openMultiplier(layout: RowLayout, blob: Uint8Array): RowMultiplier | undefined {
  const scratch = alignToLine(PLACES * layout.paddedMax * 2) + 2 * alignToLine(PLACES * layout.rowsMax * 4);
  let instance: RowInstance;
  try {
    instance = instantiateRows(alignToLine(layout.size) + scratch);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return new RowMultiplier(instance, layout, blob);
}

/** The rows of one network in a memory of their own, with room for the activations of some places. */
class RowMultiplier {
  readonly #instance: RowInstance;
  readonly #base: number;
  readonly #x: Int16Array;
  readonly #addend: Int32Array;
  readonly #out: Int32Array;

  constructor(instance: RowInstance, layout: RowLayout, blob: Uint8Array) {
    const { buffer } = instance.memory;
    this.#instance = instance;
    this.#base = instance.memoryBase();
    packRows(layout, blob, buffer, this.#base);
    const x = this.#base + alignToLine(layout.size);
    const addend = x + alignToLine(PLACES * layout.paddedMax * 2);
    const out = addend + alignToLine(PLACES * layout.rowsMax * 4);
    this.#x = new Int16Array(buffer, x, PLACES * layout.paddedMax);
    this.#addend = new Int32Array(buffer, addend, PLACES * layout.rowsMax);
    this.#out = new Int32Array(buffer, out, PLACES * layout.rowsMax);
  }

  dense(rows: PackedRows, { inputs, output }: RunMemory): void {
    const { n, padded, m } = rows;
    const [x, addend] = inputs as [TensorData, TensorData | undefined];
    const places = output.length / m;
    for (let from = 0; from < places; from += PLACES) {
      const count = Math.min(PLACES, places - from);
      for (let place = 0; place < count; place++)
        this.#x.set(narrow(x).subarray((from + place) * n, (from + place + 1) * n), place * padded);
      if (addend !== undefined) this.#addend.set(narrow(addend).subarray(from * m, (from + count) * m));
      this.#multiply(rows, count, addend !== undefined);
      narrow(output).set(this.#out.subarray(0, count * m), from * m);
    }
  }

  convolve(
    rows: PackedRows,
    node: OperatorNode<AttributesOf<'conv2d'>>,
    { inputs, output }: RunMemory,
  ): void {
    const { padded, m } = rows;
    const places = output.length / m;
    for (let from = 0; from < places; from += PLACES) {
      const count = Math.min(PLACES, places - from);
      for (let place = 0; place < count; place++)
        gatherWindow(node, narrow(inputs[0]!), from + place, this.#x.subarray(place * padded));
      this.#multiply(rows, count, false);
      narrow(output).set(this.#out.subarray(0, count * m), from * m);
    }
  }

  #multiply({ padded, m, weights, tails, zy, lo, hi }: PackedRows, places: number, adds: boolean): void {
    this.#instance.dense(
      this.#x.byteOffset,
      places,
      padded,
      this.#base + weights,
      this.#base + tails,
      m,
      zy,
      lo,
      hi,
      adds ? this.#addend.byteOffset : 0,
      this.#out.byteOffset,
    );
  }
}

/** The checks of headers let rows read and write tensors of at most 32 bits only. */
const narrow = (data: TensorData): Exclude<TensorData, BigInt64Array> =>
  data as Exclude<TensorData, BigInt64Array>;

/** Copies the window of one place in the order of the weights; places outside of the image are zx. */
function gatherWindow(
  { attributes, inputs, output }: OperatorNode<AttributesOf<'conv2d'>>,
  x: Exclude<TensorData, BigInt64Array>,
  place: number,
  window: Int16Array,
): void {
  const { kernelY, kernelX, strideY, strideX, dilationY, dilationX, top, left, zx } = attributes;
  const [height, width, channels] = inputs[0]!.dims as [number, number, number];
  const across = output.dims[1]!;
  const originY = Math.floor(place / across) * strideY - top;
  const originX = (place % across) * strideX - left;
  for (let ky = 0, k = 0; ky < kernelY; ky++) {
    const y = originY + ky * dilationY;
    for (let kx = 0; kx < kernelX; kx++, k += channels) {
      const column = originX + kx * dilationX;
      const isInside = y >= 0 && y < height && column >= 0 && column < width;
      const start = (y * width + column) * channels;
      if (isInside) window.set(x.subarray(start, start + channels), k);
      else window.fill(zx, k, k + channels);
    }
  }
}
