import {
  createNetwork,
  exchangeCount,
  largestText,
  leafCountOf,
  type NetworkHeader,
  operatorOf,
  operatorSpec,
  rowStride,
  runningOperator,
  TASK_INPUT,
  validateNetworkHeader,
  witnessBound,
} from '@aivm/core/network';

/** The bounds of a chain with default parameters. */
const DEFAULT_LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 65_536 };

/** What a network asks of those who run it and of a chain that judges it, at its longest text. */
export interface NetworkSummary {
  readonly form: string;
  readonly operators: number;
  /** Operators as they run, with repeats. */
  readonly operatorsUnrolled: number;
  /** How often each kind is there, by falling number. */
  readonly kinds: readonly (readonly [kind: string, count: number])[];
  /** Weights, biases and tables excluded. */
  readonly parameters: number;
  readonly work: bigint;
  readonly traceBytes: number;
  /** Levels of the trace's tree above its leaves. */
  readonly depth: number;
  /** Times that a provider shows something in a dispute, the commitment included. */
  readonly exchanges: number;
  /** The most bytes of a deciding witness. */
  readonly witnessBytes: number;
}

/** @throws AivmError `model_refused` for a header that a chain with default parameters refuses */
export function summarizeNetwork(header: NetworkHeader): NetworkSummary {
  const facts = validateNetworkHeader(header, DEFAULT_LIMITS);
  const network = createNetwork(header, largestText(header));
  const counts = new Map<string, number>();
  const leaves = {
    traceLeaves: leafCountOf(facts.traceBytesMax),
    blobLeaves: leafCountOf(header.blobBytes),
  };
  let witnessBytes = 0;
  let parameters = 0;
  const counted = new Set<number>();
  for (let tensor = 0; tensor < network.tensorCount; tensor++) {
    const { written, operator, node, inputs, place } = runningOperator(network, tensor);
    const { kind } = header.operators[written]!;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const reads = operator
      .reads(node)
      .filter(({ source }) => source === 'blob' || inputs[source] !== TASK_INPUT);
    witnessBytes = Math.max(witnessBytes, witnessBound(reads, leaves));
    // Parts of long rows, and repeats without a stride, share their weights.
    const weights = weightsOf(header, written);
    if (weights > 0 && !counted.has(place)) parameters += weights;
    if (weights > 0) counted.add(place);
  }
  return {
    form: header.form,
    operators: header.operators.length,
    operatorsUnrolled: network.tensorCount,
    kinds: [...counts].sort((left, right) => right[1] - left[1]),
    parameters,
    work: facts.workMax,
    traceBytes: facts.traceBytesMax,
    depth: facts.depthMax,
    exchanges: exchangeCount(facts.depthMax),
    witnessBytes,
  };
}

/** Weights of one operator, without biases, scales and tables. */
function weightsOf(header: NetworkHeader, index: number): number {
  const operator = header.operators[index]!;
  const spec = operatorSpec(header, index);
  const { output, inputs } = spec;
  const size = operatorOf(operator.kind).blobSize(spec);
  const rowsOf = (width: number): number => (size / rowStride(width)) * width;
  switch (operator.kind) {
    case 'embed':
      return rowsOf(output.dims[1] as number);
    case 'normout':
      return output.dims[output.dims.length - 1] as number;
    case 'conv2d': {
      const { kernelY, kernelX, groups } = operator.attributes;
      return rowsOf((kernelY * kernelX * (inputs[0]!.dims[2] as number)) / groups);
    }
    case 'dense':
    case 'dense_part':
    case 'dense_shift':
      return rowsOf(
        inputs[0]!.dims
          .slice(operator.attributes.leading)
          .reduce<number>((total, length) => total * (length as number), 1),
      );
    default:
      return 0;
  }
}
