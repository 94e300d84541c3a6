import {
  ELEMENT_SIZE,
  type ElementType,
  type OperatorKind,
  type RunMemory,
  rowStride,
  type Shape,
  type TensorData,
  type TensorSpec,
  viewElements,
} from '@aivm/core/network';
import type { RowPlan, RowStep } from './row-plan.ts';
import type { RunOperator } from './run-operator.ts';

/** Bytes of cosines and sines, i16 each, for one place of a head. */
const ROPE_BYTES_PER_PLACE = 2;

const allocate = (type: ElementType, count: number): TensorData =>
  viewElements(type, new ArrayBuffer(count * ELEMENT_SIZE[type]), 0, count);

const viewOf = (data: TensorData, type: ElementType, start: number, count: number): TensorData =>
  viewElements(type, data.buffer, data.byteOffset + start * ELEMENT_SIZE[type], count);

/** A tensor's shape for the row `position` alone; of queries × keys, the keys up to it. */
function rowShape({ type, dims }: TensorSpec, position: number): Shape {
  let rows = 0;
  const lengths = dims.map((length) => {
    if (typeof length === 'number') return length;
    return ++rows > 1 ? position + 1 : 1;
  });
  return { type, dims: lengths, count: lengths.reduce((total, length) => total * length, 1) };
}

/** What one step runs on. */
interface StepCall {
  readonly node: RowStep['node'];
  readonly memory: RunMemory;
}

const NO_TOKENS = new Uint32Array(0);

/** Operators that read another token, another place of a table or more keys for each row. */
const BY_POSITION: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  'embed',
  'rope',
  'scores',
  'exp',
  'attnout',
]);

/** Every row of a tensor that attention comes back to. */
interface KeptRows {
  readonly what: 'keys' | 'values';
  readonly data: TensorData;
}

/**
 * A decoder that reads one token after the other and keeps, of each layer, the keys and the values. Each operator runs
 * on one row, so that the tokens are those of the pass over the whole text.
 */
export class RowDecoder {
  readonly #plan: RowPlan;
  readonly #blob: Uint8Array;
  readonly #rowsMax: number;
  readonly #run: RunOperator;
  readonly #tensors: readonly TensorData[];
  readonly #kept = new Map<number, KeptRows>();
  /** What a step runs on, where that is the same for every row. */
  readonly #constant: readonly (StepCall | undefined)[];
  #position = 0;

  /** @param rowsMax tokens that are read at most: keys and values are kept for so many. */
  constructor(plan: RowPlan, blob: Uint8Array, rowsMax: number, run: RunOperator) {
    this.#plan = plan;
    this.#blob = blob;
    this.#rowsMax = rowsMax;
    this.#run = run;
    this.#tensors = plan.steps.map(({ output }) =>
      allocate(output.type, rowShape(output, rowsMax - 1).count),
    );
    for (const [tensor, what] of plan.kept) {
      const { output } = plan.steps[tensor]!;
      this.#kept.set(tensor, {
        what,
        data: allocate(output.type, rowShape(output, 0).count * rowsMax),
      });
    }
    this.#constant = plan.steps.map((step, tensor) =>
      this.#isConstant(step, tensor) ? this.#callOf(step, tensor, 0, NO_TOKENS) : undefined,
    );
  }

  /** Whether neither shapes nor places of a step follow from the row's position. */
  #isConstant({ kind, inputs, inputSpecs, output }: RowStep, tensor: number): boolean {
    const isOfRow = [output, ...inputSpecs].every(
      ({ dims }) => dims.filter((length) => typeof length !== 'number').length <= 1,
    );
    return (
      isOfRow &&
      !BY_POSITION.has(kind) &&
      this.#kept.get(tensor)?.what !== 'keys' &&
      inputs.every((input) => !this.#kept.has(input))
    );
  }

  #callOf(step: RowStep, tensor: number, position: number, tokens: Uint32Array): StepCall {
    return {
      node: nodeFor(step, position),
      memory: {
        inputs: step.inputs.map((input, index) => this.#inputOf(step, input, index, position)),
        output: this.#outputOf(tensor, step, position),
        blob: this.#blob.subarray(placeFor(step, position)),
        tokens,
      },
    };
  }

  /**
   * Reads the next token of the text.
   *
   * @param givesToken whether the token behind it is wanted
   * @returns that token; -1 where it is not wanted
   */
  read(token: number, givesToken: boolean): number {
    const position = this.#position++;
    if (position >= this.#rowsMax) throw new RangeError(`text: expected at most ${this.#rowsMax} tokens`);
    const tokens = Uint32Array.of(token);
    const { steps } = this.#plan;
    for (const [tensor, step] of steps.entries()) {
      if (step.isHead && !givesToken) continue;
      const { node, memory } = this.#constant[tensor] ?? this.#callOf(step, tensor, position, tokens);
      this.#run(tensor, step, node, memory);
      const kept = this.#kept.get(tensor);
      if (kept?.what === 'values') this.#scatter(kept.data, memory.output, position);
    }
    return givesToken ? Number(this.#tensors[steps.length - 1]![0]) : -1;
  }

  /** Where a step writes its row: a row of keys at its place among the kept ones. */
  #outputOf(tensor: number, { output }: RowStep, position: number): TensorData {
    const { count } = rowShape(output, position);
    const kept = this.#kept.get(tensor);
    return kept?.what === 'keys'
      ? viewOf(kept.data, output.type, position * count, count)
      : viewOf(this.#tensors[tensor]!, output.type, 0, count);
  }

  #inputOf(step: RowStep, input: number, index: number, position: number): TensorData {
    const spec = step.inputSpecs[index]!;
    const { count } = rowShape(spec, position);
    const kept = this.#kept.get(input);
    const readsAll = index === 1 && (step.kind === 'scores' || step.kind === 'attnout');
    if (kept === undefined || (kept.what === 'values' && !readsAll))
      return viewOf(this.#tensors[input]!, spec.type, 0, count);
    if (!readsAll) return viewOf(kept.data, spec.type, position * count, count);
    return kept.what === 'keys'
      ? viewOf(kept.data, spec.type, 0, count * (position + 1))
      : this.#gather(kept.data, spec.type, count, position + 1);
  }

  /** Writes a column of values behind those of earlier rows. */
  #scatter(all: TensorData, column: TensorData, position: number): void {
    for (let i = 0; i < column.length; i++) all[i * this.#rowsMax + position] = column[i]!;
  }

  /** Values in rows of exactly `rows` places, as the operator reads them. */
  #gather(all: TensorData, type: ElementType, columns: number, rows: number): TensorData {
    const packed = allocate(type, columns * rows);
    const bytes = new Uint8Array(packed.buffer);
    const size = ELEMENT_SIZE[type];
    const source = new Uint8Array(all.buffer);
    for (let i = 0; i < columns; i++) {
      const start = i * this.#rowsMax * size;
      bytes.set(source.subarray(start, start + rows * size), i * rows * size);
    }
    return packed;
  }
}

/** The operator for one row. It sees every key there is, so that nothing is masked. */
function nodeFor({ kind, node, output, inputSpecs }: RowStep, position: number): RowStep['node'] {
  const inputs = inputSpecs.map((spec) => rowShape(spec, position));
  if (kind === 'scores' || kind === 'attnout') {
    const { type, dims, count } = inputs[1]!;
    const rows = position + 1;
    const all = kind === 'scores' ? [rows, ...dims.slice(1)] : [...dims.slice(0, -1), rows];
    inputs[1] = { type, dims: all, count: count * rows };
  }
  return {
    attributes:
      kind === 'scores' || kind === 'exp'
        ? { ...(node.attributes as object), causal: false }
        : node.attributes,
    inputs,
    output: rowShape(output, position),
  };
}

/** Where the operator's rows begin; tables by position begin at that of the row. */
function placeFor({ kind, node, output, place }: RowStep, position: number): number {
  const width = output.dims[output.dims.length - 1] as number;
  if (kind === 'rope' && output.dims[0] === 'T') return place + position * width * ROPE_BYTES_PER_PLACE;
  const isByPosition = kind === 'embed' && (node.attributes as { ofPosition: boolean }).ofPosition;
  return isByPosition ? place + position * rowStride(width) : place;
}
