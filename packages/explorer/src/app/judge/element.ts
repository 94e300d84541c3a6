import {
  blobLeavesOf,
  createUnitReader,
  ELEMENT_SIZE,
  type MoveBody,
  type Network,
  type NetworkInput,
  openedLeaves,
  planUnit,
  type RunningOperator,
  readRowTail,
  runningOperator,
  shapeOf,
  TASK_INPUT,
  type Unit,
  type UnitVerdict,
  viewElements,
} from '@aivm/core/network';

/** Numbers that an element follows from, as they were read. */
export interface ElementRead {
  /** Where they come from. */
  readonly source: 'the task’s input' | 'the trace' | 'the weights' | 'the text';
  readonly place: string;
  readonly values: readonly string[];
}

/** A sum of products, term by term. */
export interface ProductSum {
  readonly inputs: readonly number[];
  readonly weights: readonly number[];
  /** Taken from each input. */
  readonly zero: number;
  readonly sum: number;
  /** Added to the sum, and what it is scaled by; absent where the operator has none. */
  readonly bias: number | undefined;
  readonly multiplier: number | undefined;
  readonly shift: number | undefined;
}

/** The element that decided a game, and all that it follows from. */
export interface ElementView {
  readonly operator: string;
  /** Its place in its tensor: one index an axis. */
  readonly indices: readonly number[];
  readonly dims: readonly number[];
  readonly type: string;
  readonly tensor: number;
  readonly reads: readonly ElementRead[];
  readonly products: ProductSum | undefined;
  readonly committed: string;
  readonly right: string;
  readonly isRight: boolean;
}

const VALUES_SHOWN_MAX = 4_096;

const namesOf = (values: Iterable<number | bigint>): readonly string[] =>
  Array.from(values, String).slice(0, VALUES_SHOWN_MAX);

function indicesOf(element: number, dims: readonly number[]): readonly number[] {
  const indices: number[] = [];
  let rest = element;
  for (const length of [...dims].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices;
}

type UnitReader = ReturnType<typeof createUnitReader>;

/** What a unit asked its reader for. */
interface Notes {
  readonly reads: ElementRead[];
  readonly numbers: (readonly number[])[];
  readonly blobs: Uint8Array[];
}

function noting(
  reader: UnitReader,
  { inputs, place }: RunningOperator,
): UnitReader & { readonly notes: Notes } {
  const notes: Notes = { reads: [], numbers: [], blobs: [] };
  const note = (index: number, start: number, values: readonly (number | bigint)[]): void => {
    const tensor = inputs[index] ?? TASK_INPUT;
    const source = tensor === TASK_INPUT ? 'the task’s input' : 'the trace';
    const of = tensor === TASK_INPUT ? '' : `tensor ${tensor}, `;
    const where = values.length === 1 ? `element ${start}` : `elements ${start}…${start + values.length - 1}`;
    notes.reads.push({ source, place: `${of}${where}`, values: namesOf(values) });
  };
  return {
    notes,
    numbers: (index, start, count) => {
      const values = reader.numbers(index, start, count);
      note(index, start, [...values]);
      notes.numbers.push([...values]);
      return values;
    },
    integers: (index, start, count) => {
      const values = reader.integers(index, start, count);
      note(index, start, [...values]);
      return values;
    },
    blob: (offset, size) => {
      const bytes = reader.blob(offset, size);
      const weights = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      notes.reads.push({
        source: 'the weights',
        place: `byte ${place + offset} on`,
        values: namesOf(weights),
      });
      notes.blobs.push(bytes);
      return bytes;
    },
    token: (position) => {
      const token = reader.token(position);
      notes.reads.push({ source: 'the text', place: `token ${position}`, values: [String(token)] });
      return token;
    },
  };
}

/** The tail of a row: `dense` scales its sum, `dense_shift` has a shift of its own, `dense_part` has neither. */
function tailOf(kind: string, row: Uint8Array, width: number, attributes: { readonly shift?: number }) {
  if (kind === 'dense_part') return { bias: undefined, multiplier: undefined, shift: undefined };
  if (kind === 'dense_shift') {
    const bias = new DataView(row.buffer, row.byteOffset + width, 4).getInt32(0, true);
    return { bias, multiplier: undefined, shift: attributes.shift };
  }
  const { bias, mult, shift } = readRowTail(row, width);
  return { bias, multiplier: mult, shift };
}

/** The sum behind an element of a dense layer; other operators show what they read, and no sum. */
function productsOf(kind: string, node: RunningOperator['node'], notes: Notes): ProductSum | undefined {
  const [inputs] = notes.numbers;
  const [row] = notes.blobs;
  if (!kind.startsWith('dense') || inputs === undefined || row === undefined) return undefined;
  const attributes = node.attributes as { readonly zx?: number; readonly shift?: number };
  const zero = attributes.zx ?? 0;
  const weights = [...new Int8Array(row.buffer, row.byteOffset, inputs.length)];
  const sum = inputs.reduce((total, value, k) => total + (value - zero) * (weights[k] as number), 0);
  return { inputs, weights, zero, sum, ...tailOf(kind, row, inputs.length, attributes) };
}

const elementText = (type: Parameters<typeof viewElements>[0], bytes: Uint8Array): string =>
  String(viewElements(type, Uint8Array.from(bytes).buffer, 0, bytes.length / ELEMENT_SIZE[type])[0] ?? '');

const withLeaf = (leaves: readonly number[], leaf: number): readonly number[] =>
  leaves.includes(leaf) ? leaves : [...leaves, leaf].sort((left, right) => left - right);

/** The leaves that a witness opens, as a reader of them alone. */
function openedBy(network: Network, input: NetworkInput, unit: Unit, witness: MoveBody<'witness'>) {
  const plan = planUnit(network, unit, input);
  const trace = openedLeaves(withLeaf(plan.traceLeaves, witness.leaf), witness.traceLeaves);
  const blobLeaves = plan.readsBlob ? blobLeavesOf(network, unit, input, trace) : [];
  return { trace, blob: openedLeaves(blobLeaves, witness.blobLeaves) };
}

/**
 * Computes the element of a witness again and notes what it reads on the way.
 *
 * @param verdict what the replay found, which has checked the witness against both roots
 */
export function viewElement(
  network: Network,
  input: NetworkInput,
  witness: MoveBody<'witness'>,
  verdict: UnitVerdict,
): ElementView {
  const { unit, committed, right, isRight } = verdict;
  const shape = shapeOf(network, unit.tensor);
  const running = runningOperator(network, unit.tensor);
  const { kind } = network.header.operators[running.written] as { readonly kind: string };
  const sources = openedBy(network, input, unit, witness);
  const reader = noting(createUnitReader(network, running, input, sources), running);
  // An element behind the end of its tensor is padding: it reads nothing and is 0.
  if (unit.element < shape.count) running.operator.unit(running.node, unit.element, reader);
  return {
    operator: kind,
    tensor: unit.tensor,
    type: shape.type,
    dims: shape.dims,
    indices: indicesOf(unit.element, shape.dims),
    reads: reader.notes.reads,
    products: productsOf(kind, running.node, reader.notes),
    committed: elementText(shape.type, committed),
    right: elementText(shape.type, right),
    isRight,
  };
}
