import { type OperatorKind, operatorOf, rowStride, type Shape, viewElements } from '@aivm/core/network';
import { NativeCall, packNatively } from './native-call.ts';
import type { NativeNetworkLibrary } from './native-library.ts';

/** Bytes that look random, the same everywhere. */
const someBytes = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 24);

const shape = (type: Shape['type'], ...dims: readonly number[]): Shape => ({
  type,
  dims,
  count: dims.reduce((product, length) => product * length, 1),
});

const I32 = { lo: -(2 ** 31), hi: 2 ** 31 - 1 };
const ONE = { strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, top: 1, left: 1 };

/** One operator over rows whose width, count and places fill no panel and no tile evenly. */
interface Case {
  readonly kind: OperatorKind;
  readonly attributes: object;
  readonly input: Shape;
  readonly output: Shape;
  readonly rows: { readonly n: number; readonly m: number; readonly groups: number };
}

const CASES: readonly Case[] = [
  ...(['i8', 'i16'] as const).map((type) => ({
    kind: 'dense' as const,
    attributes: { leading: 1, zx: 3, zy: 0, ...I32 },
    input: shape(type, 13, 1_023),
    output: shape('i32', 13, 21),
    rows: { n: 1_023, m: 21, groups: 1 },
  })),
  ...([1, 20] as const).map((groups) => ({
    kind: 'conv2d' as const,
    attributes: { kernelY: 3, kernelX: 3, ...ONE, groups, zx: -3, zy: 1, lo: -128, hi: 127 },
    input: shape('i8', 5, 7, 20),
    output: shape('i8', 5, 7, 20),
    rows: { n: 9 * (20 / groups), m: 20, groups },
  })),
];

/** Lets an open library compute some layers; why it is of no use, or undefined where every byte is that of the reference. */
export function checkLibrary(library: NativeNetworkLibrary): string | undefined {
  const call = new NativeCall(library.run);
  for (const [seed, { kind, attributes, input, output, rows }] of CASES.entries()) {
    const node = { attributes, inputs: [input], output };
    const { n, m, groups } = rows;
    const blob = someBytes(m * rowStride(n), seed);
    // Shifts that leave some bits of every sum.
    for (let row = 0; row < m; row++) blob[row * rowStride(n) + n + 8] = 24 + (row % 24);
    const bytes = someBytes(input.count * (input.type === 'i8' ? 1 : 2), seed + 7);
    const inputs = [viewElements(input.type, bytes.buffer, 0, input.count)];
    const create = () => viewElements(output.type, new ArrayBuffer(output.count * 4), 0, output.count);
    const [expected, actual] = [create(), create()];
    const memory = { inputs, blob, tokens: new Uint32Array(0) };
    operatorOf(kind).run(node, { ...memory, output: expected });
    const { zx } = attributes as { readonly zx: number };
    const packed = packNatively(
      library.pack,
      {
        ...rows,
        ...{ stride: rowStride(n), width: n, from: 0, zx, hasTail: true },
        isNarrow: input.type === 'i8',
        isDepthwise: groups > 1,
      },
      blob,
    );
    const status = call.run(kind, node, { ...memory, output: actual }, packed);
    if (status !== 0) return `it refuses a ${kind} with status ${status}`;
    if (Buffer.compare(new Uint8Array(expected.buffer), new Uint8Array(actual.buffer)) !== 0)
      return `it gives a wrong ${kind} of ${input.type} on this processor (${library.processor})`;
  }
  return undefined;
}
