import type { Codec } from '../../bytes/codec/codec.ts';
import { parse, refuseValue, serialize } from '../../bytes/codec/codec.ts';
import { list, optional, struct } from '../../bytes/codec/composites.ts';
import { height, text, u8, u32 } from '../../bytes/codec/primitives.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { type TensorSpec, tensorSpec } from '../model/tensor.ts';
import type { Form } from '../operators/operator.ts';
import {
  type AttributesOf,
  kindOfNumber,
  OPERATOR_KINDS,
  type OperatorKind,
  operatorOf,
} from '../operators/table.ts';

/** The only version of headers. */
export const HEADER_VERSION = 1;
export const HEADER_BYTES_MAX = 65_536;
/** Operators as written, before `repeat`: more do not fit 64 KiB. */
const OPERATORS_MAX = 4_096;
const INPUTS_MAX = 17;
const REPEATS_MAX = 64;
const END_TOKENS_MAX = 16;
const NOTES_BYTES_MAX = 16_384;

/** In place of a tensor's index: the task's input. */
export const TASK_INPUT = 0xffff_ffff;

/**
 * One operator: it writes the tensor of its own index. Inputs are indices below it, or {@link TASK_INPUT}; `place` is
 * where its rows or tables begin in the blob, 0 for an operator without.
 */
export type HeaderOperator = {
  readonly [K in OperatorKind]: {
    readonly kind: K;
    readonly inputs: readonly number[];
    readonly output: TensorSpec;
    readonly place: number;
    readonly attributes: AttributesOf<K>;
  };
}[OperatorKind];

/**
 * The operators `first` … `last` run `count` times in a row, each time on rows `blobStride` bytes further on. What they
 * read of `first` − 1 becomes the last output of the time before.
 */
export interface Repeat {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly blobStride: number;
}

/** A network without its weights. The output tensor is the last one. */
export interface NetworkHeader {
  readonly version: number;
  readonly form: Form;
  /** The most rows of a pass; 1 for a map. */
  readonly maxT: number;
  /** Tokens are below it; 0 for a map. */
  readonly vocabulary: number;
  /** Ascending; a decoder's output ends at the first of them. */
  readonly endTokens: readonly number[];
  /** The most tokens that a decoder posts. */
  readonly maxNew: number;
  readonly blobBytes: number;
  /** What a map takes. The input of the other forms is their tokens. */
  readonly input: TensorSpec | undefined;
  readonly repeats: readonly Repeat[];
  readonly operators: readonly HeaderOperator[];
  /** Scales and names, for people and tools: consensus does not read them. */
  readonly notes: string;
}

const FORMS: readonly Form[] = ['map', 'encoder', 'decoder'];

const form: Codec<Form> = {
  typeName: 'uint8',
  write: (writer, value, name) => {
    const index = FORMS.indexOf(value);
    if (index < 0) refuseValue(name, FORMS.join(', '), value);
    writer.u8(index);
  },
  read: (reader, name) => {
    const index = reader.u8();
    const value = FORMS[index];
    if (value === undefined) throw new AivmError('malformed', `${name}: ${index} is no form (0…2)`);
    return value;
  },
  toJson: (value) => value,
};

const operatorFields = struct('Operator', {
  inputs: list(u32, INPUTS_MAX),
  output: tensorSpec,
  place: height,
});

/** The kind's number, inputs, output, place, then the attributes of the kind. */
const headerOperator: Codec<HeaderOperator> = {
  typeName: 'Operator',
  write: (writer, value, name) => {
    if (!OPERATOR_KINDS.includes(value.kind)) refuseValue(`${name}.kind`, 'a kind of operator', value.kind);
    const operator = operatorOf(value.kind);
    writer.u8(operator.number);
    operatorFields.write(writer, value, name);
    operator.attributes.write(writer, value.attributes, `${name}.attributes`);
  },
  read: (reader, name) => {
    const number = reader.u8();
    const kind = kindOfNumber(number);
    if (kind === undefined) throw new AivmError('model_refused', `${name}: unknown operator ${number}`);
    const fields = operatorFields.read(reader, name);
    const attributes = operatorOf(kind).attributes.read(reader, `${name}.attributes`);
    // The attributes were read by the codec of the same kind.
    return { kind, ...fields, attributes } as HeaderOperator;
  },
  toJson: (value) => ({
    kind: value.kind,
    ...(operatorFields.toJson(value) as object),
    attributes: operatorOf(value.kind).attributes.toJson(value.attributes),
  }),
};

const repeat: Codec<Repeat> = struct('Repeat', { count: u32, first: u32, last: u32, blobStride: height });

export const networkHeaderCodec: Codec<NetworkHeader> = struct('NetworkHeader', {
  version: u8,
  form,
  maxT: u32,
  vocabulary: u32,
  endTokens: list(u32, END_TOKENS_MAX),
  maxNew: u32,
  blobBytes: height,
  input: optional(tensorSpec),
  repeats: list(repeat, REPEATS_MAX),
  operators: list(headerOperator, OPERATORS_MAX),
  notes: text(NOTES_BYTES_MAX),
});

/** Canonical bytes. @throws AivmError `out_of_range`, or `too_large` above 64 KiB. */
export function serializeNetworkHeader(header: NetworkHeader): Uint8Array {
  const bytes = serialize(networkHeaderCodec, header, 'header');
  requireSize(bytes);
  return bytes;
}

/** The header with these bytes; its rules are {@link validateNetworkHeader}'s. @throws AivmError that names the field */
export function parseNetworkHeader(bytes: Uint8Array): NetworkHeader {
  requireSize(bytes);
  return parse(networkHeaderCodec, bytes, 'header');
}

function requireSize({ length }: Uint8Array): void {
  if (length > HEADER_BYTES_MAX)
    throw new AivmError('too_large', `header: ${length} bytes; at most ${HEADER_BYTES_MAX}`);
}
