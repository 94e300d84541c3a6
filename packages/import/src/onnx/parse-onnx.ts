import { AivmError } from '@aivm/core/errors';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Tensor } from '../tensor/tensor.ts';
import type { Attribute, OnnxModel, OnnxNode, OnnxValue } from './onnx-model.ts';
import { type ExternalData, parseTensor } from './parse-tensor.ts';
import { readMessage } from './read-message.ts';

/**
 * The graph of an ONNX file. Field numbers are those of the ONNX schema; what the importer does not need is skipped.
 *
 * @param name of the file, for errors
 * @param external reads the files beside the model that hold large weights
 * @throws AivmError `malformed` for bytes that are no ONNX model, `import_refused` for what it cannot hold
 */
export function parseOnnx(bytes: Uint8Array, name: string, external: ExternalData): OnnxModel {
  try {
    return parseModel(new BinaryReader(bytes), external);
  } catch (cause) {
    if (cause instanceof AivmError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AivmError('malformed', `${name}: no ONNX model: ${reason}`, { cause });
  }
}

function parseModel(reader: BinaryReader, external: ExternalData): OnnxModel {
  let graph: Omit<OnnxModel, 'opset'> | undefined;
  let opset = 0;
  readMessage(reader, reader.len, {
    7: (size) => {
      graph = parseGraph(reader, size, external);
    },
    8: (size) => {
      const { domain, version } = parseOpset(reader, size);
      if (domain === '' || domain === 'ai.onnx') opset = version;
    },
  });
  if (graph === undefined) throw new Error('it has no graph');
  if (graph.nodes.length === 0) throw new Error('its graph has no nodes');
  return { ...graph, opset };
}

function parseOpset(reader: BinaryReader, size: number): { domain: string; version: number } {
  let domain = '';
  let version = 0;
  readMessage(reader, size, {
    1: () => {
      domain = reader.string();
    },
    2: () => {
      version = Number(reader.int64());
    },
  });
  return { domain, version };
}

function parseGraph(reader: BinaryReader, size: number, external: ExternalData): Omit<OnnxModel, 'opset'> {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, Tensor>();
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  readMessage(reader, size, {
    1: (length) => {
      nodes.push(parseNode(reader, length, nodes.length, external));
    },
    5: (length) => {
      const { name, tensor } = parseTensor(reader, length, external);
      initializers.set(name, tensor);
    },
    11: (length) => {
      inputs.push(parseValue(reader, length));
    },
    12: (length) => {
      outputs.push(parseValue(reader, length));
    },
  });
  return { nodes, initializers, inputs: inputs.filter(({ name }) => !initializers.has(name)), outputs };
}

function parseNode(reader: BinaryReader, size: number, index: number, external: ExternalData): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let [name, operator, domain] = ['', '', ''];
  readMessage(reader, size, {
    1: () => inputs.push(reader.string()),
    2: () => outputs.push(reader.string()),
    3: () => {
      name = reader.string();
    },
    4: () => {
      operator = reader.string();
    },
    5: (length) => {
      const attribute = parseAttribute(reader, length, external);
      if (attribute.value !== undefined) attributes.set(attribute.name, attribute.value);
    },
    7: () => {
      domain = reader.string();
    },
  });
  return {
    ...{ inputs, outputs, attributes, operator },
    name: name === '' ? `${operator}_${index}` : name,
    domain: domain === 'ai.onnx' ? '' : domain,
  };
}

function parseAttribute(
  reader: BinaryReader,
  size: number,
  external: ExternalData,
): { name: string; value: Attribute | undefined } {
  const numbers: number[] = [];
  const texts: string[] = [];
  let name = '';
  let single: Attribute | undefined;
  const text = (): string => new TextDecoder().decode(reader.bytes());
  readMessage(reader, size, {
    1: () => {
      name = reader.string();
    },
    2: () => {
      single = reader.float();
    },
    3: () => {
      single = Number(reader.int64());
    },
    4: () => {
      single = text();
    },
    5: (length) => {
      single = parseTensor(reader, length, external).tensor;
    },
    7: { packed: 'float', push: (value) => numbers.push(value) },
    8: { packed: 'int64', push: (value) => numbers.push(value) },
    9: () => texts.push(text()),
  });
  return { name, value: single ?? (texts.length > 0 ? texts : numbers) };
}

/** Types of integers and truth values. */
const INTEGER_TYPES = new Set([2, 3, 4, 5, 6, 7, 9, 12, 13]);

function parseValue(reader: BinaryReader, size: number): OnnxValue {
  let name = '';
  let type = 0;
  const dims: (number | string)[] = [];
  const dimension = (length: number): void => {
    let value: number | string = '';
    readMessage(reader, length, {
      1: () => {
        value = Number(reader.int64());
      },
      2: () => {
        value = reader.string();
      },
    });
    dims.push(value);
  };
  const shape = (length: number): void => readMessage(reader, length, { 1: dimension });
  const tensorType = (length: number): void =>
    readMessage(reader, length, {
      1: () => {
        type = reader.int32();
      },
      2: shape,
    });
  readMessage(reader, size, {
    1: () => {
      name = reader.string();
    },
    2: (length) => readMessage(reader, length, { 1: tensorType }),
  });
  return { name, dims, isInteger: INTEGER_TYPES.has(type) };
}
