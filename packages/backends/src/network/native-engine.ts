import {
  type AttributesOf,
  createNetwork,
  type NetworkHeader,
  type OperatorKind,
  type RunningOperator,
  rowStride,
  runningOperator,
} from '@aivm/core/network';
import { loadNetwork } from './load-network.ts';
import { isNativeKind, NativeCall, packNatively, type RowsToPack } from './native-call.ts';
import type { NativeNetworkLibrary } from './native-library.ts';
import type { NetworkEngine } from './network-engine.ts';
import { type RunOperator, runReference } from './run-operator.ts';

/** Longer rows are left to the reference. */
const ROW_WIDTH_MAX = 32_768;

/**
 * Operators in C, on what this processor has. An operator that the library refuses is computed by the reference.
 *
 * @param onRefusal told once about a call that the library refused, which is a fault of the library or a lack of memory
 */
export function createNativeEngine(
  library: NativeNetworkLibrary,
  onRefusal: (message: string) => void = () => undefined,
): NetworkEngine {
  let isReported = false;
  const report = (message: string): void => {
    if (!isReported) onRefusal(message);
    isReported = true;
  };
  return {
    name: `native (${library.processor})`,
    load: (header, blob) =>
      loadNetwork(header, blob, (weights) => createRun(library, header, weights, report)),
  };
}

function createRun(
  library: NativeNetworkLibrary,
  header: NetworkHeader,
  blob: Uint8Array,
  report: (message: string) => void,
): RunOperator {
  const network = createNetwork(header, { T: 1, N: 1 });
  const packed = new Map<number, Uint8Array>();
  for (let tensor = 0; tensor < network.tensorCount; tensor++) {
    const running = runningOperator(network, tensor);
    const rows = rowsOf(header.operators[running.written]!.kind, running);
    if (rows !== undefined && rows.n <= ROW_WIDTH_MAX)
      packed.set(tensor, packNatively(library.pack, rows, blob.subarray(running.place)));
  }
  const call = new NativeCall(library.run);
  return (tensor, running, node, memory) => {
    const { kind } = header.operators[running.written]!;
    const needsRows = ROW_KINDS.has(kind);
    const rows = packed.get(tensor);
    if (!isNativeKind(kind) || memory.inputs.length > 4 || (needsRows && rows === undefined))
      return runReference(tensor, running, node, memory);
    const status = call.run(kind, node, memory, rows);
    if (status === 0) return;
    report(`the native library refused ${kind} with status ${status}; the reference computes it`);
    runReference(tensor, running, node, memory);
  };
}

const ROW_KINDS: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  'dense',
  'dense_part',
  'dense_shift',
  'conv2d',
]);

/** The rows of an operator that has them. */
function rowsOf(kind: OperatorKind, { node }: RunningOperator): RowsToPack | undefined {
  if (!ROW_KINDS.has(kind)) return undefined;
  const { inputs, output } = node;
  const input = inputs[0]!;
  const isNarrow = input.type === 'i8';
  const plain = { groups: 1, isNarrow, isDepthwise: false, hasTail: true };
  if (kind === 'conv2d') {
    const { kernelY, kernelX, groups, zx } = node.attributes as AttributesOf<'conv2d'>;
    const [channels, m] = [input.dims[2]!, output.dims[2]!];
    const n = kernelY * kernelX * (channels / groups);
    const isDepthwise = groups === channels && groups === m;
    return { ...plain, stride: rowStride(n), width: n, from: 0, n, m, groups, zx, isDepthwise };
  }
  const { leading } = node.attributes as AttributesOf<'dense_shift'>;
  const trailing = (dims: readonly number[]): number =>
    dims.slice(leading).reduce((product, length) => product * length, 1);
  const width = trailing(input.dims);
  const m = trailing(output.dims);
  const rows = { ...plain, stride: rowStride(width), width, from: 0, n: width, m, zx: 0 };
  if (kind === 'dense_shift') return rows;
  const { zx } = node.attributes as AttributesOf<'dense'>;
  if (kind === 'dense') return { ...rows, zx };
  const { from, to } = node.attributes as AttributesOf<'dense_part'>;
  return { ...rows, zx, from, n: to - from, hasTail: false };
}
