import {
  createNetwork,
  type Dimension,
  type NetworkHeader,
  type OperatorKind,
  type RunningOperator,
  runningOperator,
  type TensorSpec,
} from '@aivm/core/network';

/** Operators of which row t of the output follows from row t of the inputs, given positions and tokens. */
const ROW_KINDS: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  ...(['dense', 'dense_part', 'sum_requant', 'dense_shift', 'add', 'mul', 'lut8', 'lut16'] as const),
  ...(['normsum', 'normscale', 'normout', 'rowmax', 'rowsum', 'recip', 'argkey', 'argtoken'] as const),
  ...(['concat', 'slice', 'pad', 'reshape', 'transpose', 'upsample', 'embed', 'rope', 'tail'] as const),
]);

/** Operators of masked attention: a row of queries meets the keys or values of all rows before it. */
const ATTENTION_KINDS: ReadonlySet<OperatorKind> = new Set<OperatorKind>(['scores', 'exp', 'attnout']);

/** One operator as it runs for one row. */
export interface RowStep extends RunningOperator {
  readonly kind: OperatorKind;
  readonly output: TensorSpec;
  readonly inputSpecs: readonly TensorSpec[];
  /** Whether it stands behind `tail`: only rows that give a posted token need it. */
  readonly isHead: boolean;
}

/** How a decoder is run row by row. */
export interface RowPlan {
  readonly steps: readonly RowStep[];
  /** Tensors of which every row is kept: keys, with rows first, and values, with rows last. */
  readonly kept: ReadonlyMap<number, 'keys' | 'values'>;
}

const symbolCount = (dims: readonly Dimension[]): number =>
  dims.filter((length) => typeof length !== 'number').length;

/** The plan for a checked decoder, or why it cannot be run row by row. */
export function planRows(header: NetworkHeader): RowPlan | { readonly reason: string } {
  const network = createNetwork(header, { T: 1, N: 1 });
  const steps: RowStep[] = [];
  const kept = new Map<number, 'keys' | 'values'>();
  for (let tensor = 0; tensor < network.tensorCount; tensor++) {
    const running = runningOperator(network, tensor);
    const { kind, output, inputs } = header.operators[running.written]!;
    const inputSpecs = inputs.map((index) => header.operators[index]!.output);
    const reason = refusal(kind, output, inputSpecs);
    if (reason !== undefined) return { reason: `tensor ${tensor} (${kind}) ${reason}` };
    const keeps = kind === 'scores' ? 'keys' : kind === 'attnout' ? 'values' : undefined;
    if (keeps !== undefined) {
      const other = kept.get(running.inputs[1]!);
      if (other !== undefined && other !== keeps)
        return { reason: `tensor ${running.inputs[1]} holds keys and values` };
      kept.set(running.inputs[1]!, keeps);
    }
    steps.push({ ...running, kind, output, inputSpecs, isHead: output.dims.includes('N') });
  }
  for (const [tensor, what] of kept) {
    const { dims } = steps[tensor]!.output;
    const isKept = what === 'keys' ? dims[0] === 'T' : dims[dims.length - 1] === 'T';
    if (!isKept || symbolCount(dims) !== 1) return { reason: `tensor ${tensor} has ${what} of other axes` };
  }
  return { steps, kept };
}

function refusal(
  kind: OperatorKind,
  { dims }: TensorSpec,
  inputs: readonly TensorSpec[],
): string | undefined {
  if (ATTENTION_KINDS.has(kind)) return undefined;
  if (!ROW_KINDS.has(kind)) return 'combines rows by place';
  const isOfScores = inputs.some((input) => symbolCount(input.dims) > 1);
  if (isOfScores && kind !== 'rowmax' && kind !== 'rowsum') return 'moves rows of scores';
  if (symbolCount(dims) > 1) return 'writes a tensor of rows × rows';
  return undefined;
}
