import { AivmError } from '@aivm/core/errors';
import {
  type AttributesOf,
  type Dimension,
  type ElementType,
  HEADER_VERSION,
  type HeaderOperator,
  type NetworkHeader,
  type OperatorKind,
  type TensorSpec,
  validateNetworkHeader,
} from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import { BlobWriter } from './blob-writer.ts';

/** The bounds of a chain with default parameters. */
const LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 65_536 };

/** One operator as it is added. */
export interface NewOperator<K extends OperatorKind> {
  readonly kind: K;
  readonly inputs: readonly number[];
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
  readonly attributes: AttributesOf<K>;
  readonly place?: number;
}

/** A growing header and blob. Operator i writes tensor i. */
export class IntegerNetwork {
  readonly blob = new BlobWriter();
  readonly operators: HeaderOperator[] = [];
  /** Of the part of the model that each operator comes from. */
  readonly names: string[] = [];

  /** Appends an operator and returns its tensor. */
  add<K extends OperatorKind>(
    name: string,
    { kind, inputs, type, dims, attributes, place = 0 }: NewOperator<K>,
  ): number {
    // The attributes are those of the kind.
    const operator = { kind, inputs, output: { type, dims }, place, attributes } as unknown as HeaderOperator;
    this.operators.push(operator);
    this.names.push(name);
    return this.operators.length - 1;
  }

  dims(tensor: number): readonly Dimension[] {
    return (this.operators[tensor] as HeaderOperator).output.dims;
  }

  /**
   * The header, held against the rules of a chain with default parameters.
   *
   * @throws AivmError `import_refused` that names the node whose operator breaks one
   */
  header(
    fields: Pick<NetworkHeader, 'form' | 'maxT' | 'vocabulary' | 'endTokens' | 'maxNew' | 'notes'> & {
      readonly input: TensorSpec | undefined;
    },
  ): NetworkHeader {
    const header: NetworkHeader = {
      ...fields,
      version: HEADER_VERSION,
      blobBytes: this.blob.size,
      repeats: [],
      operators: this.operators,
    };
    try {
      validateNetworkHeader(header, LIMITS);
    } catch (cause) {
      if (!(cause instanceof AivmError)) throw cause;
      const [, index, kind, reason] = /^operator (\d+) \((\w+)\): (.*)$/.exec(cause.detail) ?? [];
      if (index === undefined) throw new AivmError('import_refused', cause.detail, { cause });
      return refuseNode({ name: this.names[Number(index)] ?? '', operator: kind ?? '' }, `${reason}`);
    }
    return header;
  }
}
