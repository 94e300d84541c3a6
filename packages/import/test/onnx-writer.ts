import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A node of a model to write. */
export interface NodeText {
  readonly name?: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly texts?: Readonly<Record<string, string>>;
}

/** Numbers of a constant. */
export interface ConstantText {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly isInteger?: boolean;
}

/** A model of one input and one output. */
export interface ModelText {
  readonly input: readonly number[];
  readonly output?: readonly number[];
  readonly constants?: Readonly<Record<string, ConstantText>>;
  readonly nodes: readonly NodeText[];
}

const message = (field: number, parent: BinaryWriter, write: (writer: BinaryWriter) => void): void => {
  const writer = new BinaryWriter();
  write(writer);
  parent.tag(field, WireType.LengthDelimited).bytes(writer.finish());
};
const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
const integer = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value);
};

function writeNode(
  writer: BinaryWriter,
  { name, operator, inputs, outputs, ints, floats, texts }: NodeText,
): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  if (name !== undefined) text(writer, 3, name);
  text(writer, 4, operator);
  const attribute = (key: string, write: (inner: BinaryWriter) => void): void =>
    message(5, writer, (inner) => {
      text(inner, 1, key);
      write(inner);
    });
  for (const [key, value] of Object.entries(ints ?? {}))
    attribute(key, (inner) => {
      if (typeof value === 'number') integer(inner, 3, value);
      else for (const member of value) integer(inner, 8, member);
    });
  for (const [key, value] of Object.entries(floats ?? {}))
    attribute(key, (inner) => inner.tag(2, WireType.Bit32).float(value));
  for (const [key, value] of Object.entries(texts ?? {})) attribute(key, (inner) => text(inner, 4, value));
}

function writeConstant(writer: BinaryWriter, name: string, { dims, values, isInteger }: ConstantText): void {
  for (const length of dims) integer(writer, 1, length);
  integer(writer, 2, isInteger === true ? 7 : 1);
  text(writer, 8, name);
  const bytes = isInteger === true ? BigInt64Array.from(values, BigInt) : Float32Array.from(values);
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(bytes.buffer));
}

const writeValue = (writer: BinaryWriter, name: string, dims: readonly number[]): void => {
  text(writer, 1, name);
  message(2, writer, (type) =>
    message(1, type, (tensor) => {
      integer(tensor, 1, 1);
      message(2, tensor, (shape) => {
        for (const length of dims) message(1, shape, (dimension) => integer(dimension, 1, length));
      });
    }),
  );
};

/** The bytes of an ONNX model with the input "x" and the output "y", by the field numbers of the schema. */
export function writeOnnx({ input, output = [], constants = {}, nodes }: ModelText): Uint8Array {
  const model = new BinaryWriter();
  integer(model, 1, 8);
  message(7, model, (graph) => {
    for (const node of nodes) message(1, graph, (writer) => writeNode(writer, node));
    text(graph, 2, 'test');
    for (const [name, constant] of Object.entries(constants))
      message(5, graph, (writer) => writeConstant(writer, name, constant));
    message(11, graph, (writer) => writeValue(writer, 'x', input));
    message(12, graph, (writer) => writeValue(writer, 'y', output));
  });
  message(8, model, (opset) => integer(opset, 2, 17));
  return model.finish();
}
