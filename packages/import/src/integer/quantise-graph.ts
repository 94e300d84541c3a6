import { AivmError } from '@aivm/core/errors';
import { type HeaderTokenizer, type NetworkHeader, TASK_INPUT, type TensorSpec } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import type { Graph, GraphNode, Grid } from '../graph/graph.ts';
import { emitAdd, emitMove, emitMul, emitPool, emitProduct, emitRegrid, emitUnary } from './emit-elements.ts';
import { emitAffine, emitConv, emitDense, emitEmbed } from './emit-linear.ts';
import { emitArgmax, emitAttention, emitMean, emitNorm, emitRope } from './emit-text.ts';
import { Emitter, type RowNote } from './emitter.ts';
import { IntegerNetwork } from './integer-network.ts';
import { type GridOptions, GridPlan } from './plan-grids.ts';
import type { Range } from './ranges.ts';

/** An integer network and how it stands to the float graph. */
export interface QuantisedModel {
  readonly header: NetworkHeader;
  readonly blob: Uint8Array;
  /** Tensor of each graph node; TASK_INPUT for the input. Nodes that became part of others have none. */
  readonly tensors: ReadonlyMap<number, number>;
  readonly grids: ReadonlyMap<number, Grid>;
  /** Of a map's input, and of the answer. */
  readonly inputGrid: Grid | undefined;
  readonly outputGrid: Grid;
  readonly rows: ReadonlyMap<number, RowNote>;
  /** Of the part of the model that each operator comes from. */
  readonly names: readonly string[];
}

function emitNode(e: Emitter, node: GraphNode): number {
  const { operation } = node;
  switch (operation.kind) {
    case 'input':
      return TASK_INPUT;
    case 'embed':
      return emitEmbed(e, node, operation);
    case 'dense':
      return emitDense(e, node, operation);
    case 'conv':
      return emitConv(e, node, operation);
    case 'pool':
      return emitPool(e, node, operation);
    case 'add':
      return emitAdd(e, node);
    case 'mul':
      return emitMul(e, node);
    case 'affine':
      return emitAffine(e, node, operation);
    case 'unary':
      return emitUnary(e, node, operation);
    case 'round':
      return emitRegrid(e, node);
    case 'norm':
      return emitNorm(e, node, operation);
    case 'rope':
      return emitRope(e, node, operation);
    case 'attention':
      return emitAttention(e, node, operation);
    case 'product':
      return emitProduct(e, node, operation);
    case 'mean':
      return emitMean(e, node);
    case 'argmax':
      return emitArgmax(e, node);
    default:
      return emitMove(e, node);
  }
}

/** What the header says beside its operators. */
export interface HeaderFields {
  readonly notes: (parts: {
    readonly input: Grid | undefined;
    readonly output: Grid;
    readonly tokenizer: HeaderTokenizer | undefined;
  }) => string;
  /** What makes tokens of texts; its vocabulary goes behind the weights. */
  readonly tokenizer?: Pick<HeaderTokenizer, 'rules'> & { readonly vocabulary: Uint8Array };
  readonly maxNew: number;
}

function appendTokenizer({ blob }: IntegerNetwork, { tokenizer }: HeaderFields): HeaderTokenizer | undefined {
  if (tokenizer === undefined) return undefined;
  const { rules, vocabulary } = tokenizer;
  return { kind: 'wordpiece', place: blob.bytes(vocabulary), bytes: vocabulary.length, rules };
}

/**
 * A graph as an integer network, with scales from the ranges of its values.
 *
 * @throws AivmError `import_refused` that names the node
 */
export function quantiseGraph(
  graph: Graph,
  ranges: ReadonlyMap<number, Range>,
  options: GridOptions,
  fields: HeaderFields,
): QuantisedModel {
  const network = new IntegerNetwork();
  const plan = new GridPlan(graph, ranges, options);
  const e = new Emitter(network, graph, plan);
  for (const node of graph.nodes) {
    if (e.isHeld(node.id)) continue;
    try {
      e.tensors.set(node.id, emitNode(e, node));
    } catch (cause) {
      if (cause instanceof RangeError)
        return refuseNode(
          { name: node.name, operator: node.operation.kind },
          `has no integer form: ${cause.message}`,
        );
      throw cause;
    }
  }
  const output = e.tensors.get(graph.output);
  if (output !== network.operators.length - 1)
    throw new AivmError('import_refused', 'the answer is not what the last operator writes');
  const input = graph.nodes.find(({ operation }) => operation.kind === 'input');
  const inputGrid = input === undefined ? undefined : plan.grid(input.id);
  const inputSpec: TensorSpec | undefined =
    input === undefined || inputGrid === undefined ? undefined : { type: inputGrid.type, dims: input.dims };
  const tokenizer = appendTokenizer(network, fields);
  const header = network.header({
    form: graph.form,
    maxT: graph.maxT,
    vocabulary: graph.vocabulary,
    endTokens: graph.endTokens,
    maxNew: fields.maxNew,
    notes: fields.notes({ input: inputGrid, output: plan.grid(graph.output), tokenizer }),
    input: inputSpec,
  });
  return {
    header,
    blob: network.blob.finish(),
    tensors: e.tensors,
    grids: new Map(graph.nodes.map(({ id }) => [id, plan.grid(id)])),
    inputGrid,
    outputGrid: plan.grid(graph.output),
    rows: e.rowNotes,
    names: network.names,
  };
}
