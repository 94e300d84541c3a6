import {
  type AttributesOf,
  alignUp,
  type Dimension,
  type Form,
  type HeaderOperator,
  type NetworkHeader,
  type OperatorKind,
  operatorOf,
  operatorSpec,
  TASK_INPUT,
  type TensorSpec,
} from '../../../src/network/index.ts';

/** What every operator is appended with. */
export interface Append<K extends OperatorKind> {
  readonly inputs: readonly number[];
  readonly output: TensorSpec;
  readonly attributes: AttributesOf<K>;
}

/** A header that grows operator by operator; rows and tables follow each other in the blob. */
export class GraphBuilder {
  readonly operators: HeaderOperator[] = [];
  readonly form: Form;
  readonly fields: Omit<NetworkHeader, 'operators' | 'blobBytes'>;
  #blobBytes = 0;

  constructor(fields: Partial<Omit<NetworkHeader, 'operators' | 'blobBytes'>> & { readonly form: Form }) {
    this.form = fields.form;
    this.fields = {
      version: 1,
      maxT: 1,
      vocabulary: 0,
      endTokens: [],
      maxNew: 0,
      input: undefined,
      repeats: [],
      notes: '',
      ...fields,
    };
  }

  get header(): NetworkHeader {
    return { ...this.fields, blobBytes: this.#blobBytes, operators: this.operators };
  }

  /** The tensor with this index. */
  tensor(index: number): TensorSpec {
    return index === TASK_INPUT ? this.fields.input! : this.operators[index]!.output;
  }

  /** Appends an operator and gives the index of its tensor. */
  append<K extends OperatorKind>(kind: K, { inputs, output, attributes }: Append<K>): number {
    const index = this.operators.length;
    // The attributes are of the same kind.
    const operator = { kind, inputs, output, attributes, place: 0 } as unknown as HeaderOperator;
    this.operators.push(operator);
    const size = operatorOf(kind).blobSize(operatorSpec(this.header, index));
    if (size > 0) {
      this.operators[index] = { ...operator, place: this.#blobBytes };
      this.#blobBytes += alignUp(size);
    }
    return index;
  }
}

export const spec = (type: TensorSpec['type'], ...dims: readonly Dimension[]): TensorSpec => ({ type, dims });
