import type { Tensor } from '../tensor/tensor.ts';

/** A value of a node's attribute. */
export type Attribute = number | string | Tensor | readonly number[] | readonly string[];

/** One node of a graph. Inputs and outputs are names; an optional input that is left out has the name "". */
export interface OnnxNode {
  /** Never empty: a node without a name is named after its operator and place. */
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** An input or output of a graph: lengths are numbers, names, or unknown (""). */
export interface OnnxValue {
  readonly name: string;
  readonly dims: readonly (number | string)[];
  readonly isInteger: boolean;
}

/** The part of an ONNX model that the importer reads. Nodes stand in the order in which they can be run. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Without those that an initializer gives. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Version of the operators of the default domain. */
  readonly opset: number;
}

/** An attribute that is a number, or `fallback`. */
export function numberOf({ attributes }: OnnxNode, name: string, fallback: number): number {
  const value = attributes.get(name);
  return typeof value === 'number' ? value : fallback;
}

/** An attribute that is a text, or `fallback`. */
export function textOf({ attributes }: OnnxNode, name: string, fallback: string): string {
  const value = attributes.get(name);
  return typeof value === 'string' ? value : fallback;
}

/** An attribute that is a list of numbers; undefined without it. */
export function numbersOf({ attributes }: OnnxNode, name: string): readonly number[] | undefined {
  const value = attributes.get(name);
  return Array.isArray(value) && value.every((member) => typeof member === 'number')
    ? (value as readonly number[])
    : undefined;
}
