import type { GraphNode, Matrix } from './graph.ts';
import type { Rewriting } from './rewriting.ts';

/** The weights with row r times gain[r]. */
function scaledRows({ rows, width, data }: Matrix, gain: ArrayLike<number>): Matrix {
  return {
    rows,
    width,
    data: Float64Array.from(
      data,
      (value, i) => value * (gain[Math.floor(i / width) % gain.length] as number),
    ),
  };
}

/** The weights with column k times gain[k % channels]. */
const scaledColumns = ({ rows, width, data }: Matrix, gain: ArrayLike<number>): Matrix => ({
  rows,
  width,
  data: Float64Array.from(data, (value, i) => value * (gain[(i % width) % gain.length] as number)),
});

/** Lets `producer` give gain · y + bias along its last axis. False where it cannot. */
function scaleProducer(producer: GraphNode, gain: ArrayLike<number>, bias: ArrayLike<number>): boolean {
  if (producer.clip !== undefined || producer.grid !== undefined) return false;
  const { operation } = producer;
  const moved = (own: Float64Array): Float64Array =>
    own.map((value, i) => value * (gain[i % gain.length] as number) + (bias[i % bias.length] as number));
  if (operation.kind === 'dense' || operation.kind === 'conv') {
    // A row for each place of the last axes: channels repeat.
    producer.operation = {
      ...operation,
      weights: scaledRows(operation.weights, gain),
      bias: moved(operation.bias),
    };
    return true;
  }
  if (operation.kind === 'norm' || operation.kind === 'affine') {
    const own = operation.gain.map((value, i) => value * (gain[i % gain.length] as number));
    producer.operation = { ...operation, gain: own, bias: moved(operation.bias) };
    return true;
  }
  return false;
}

/** Lets `consumer` read x where it read gain · x + bias. False where it cannot. */
function scaleConsumer(consumer: GraphNode, gain: Float64Array, bias: Float64Array): boolean {
  const { operation } = consumer;
  if (operation.kind !== 'dense' && operation.kind !== 'conv') return false;
  if (operation.kind === 'conv') {
    // Places outside of the image are 0 and not `bias`; groups read channels of their own.
    if (bias.some((value) => value !== 0) || (operation.groups !== 1 && new Set(gain).size > 1)) return false;
  }
  const { weights } = operation;
  const shift = operation.bias.map((value, row) => {
    let sum = value;
    for (let k = 0; k < weights.width; k++)
      sum += (weights.data[row * weights.width + k] as number) * (bias[k % bias.length] as number);
    return sum;
  });
  consumer.operation = { ...operation, weights: scaledColumns(weights, gain), bias: shift };
  return true;
}

/** A norm's, a bias's or a factor's numbers go into the weights before or behind it. */
export function foldScaling(r: Rewriting): void {
  for (const node of r.graph.nodes) {
    const { operation } = node;
    const numbers = scalingOf(node);
    if (numbers === undefined || node.clip !== undefined || node.grid !== undefined) continue;
    const producer = r.node(node.inputs[0]);
    if (r.soleConsumer(producer.id) === node && scaleProducer(producer, numbers.gain, numbers.bias)) {
      r.replace(node.id, producer.id);
      continue;
    }
    const consumers = r.consumers(node.id);
    if (r.graph.output === node.id || consumers.length === 0) continue;
    const canAll = consumers.every(({ operation: { kind } }) => kind === 'dense' || kind === 'conv');
    // One consumer only: a second could refuse after the first was changed.
    if (
      canAll &&
      consumers.length === 1 &&
      scaleConsumer(consumers[0] as GraphNode, numbers.gain, numbers.bias)
    )
      r.replace(node.id, producer.id);
    else if (operation.kind === 'unary') foldIntoAttention(r, node);
  }
}

function scalingOf({ operation }: GraphNode): { gain: Float64Array; bias: Float64Array } | undefined {
  if (operation.kind === 'affine') return { gain: operation.gain, bias: operation.bias };
  const factor = operation.kind === 'unary' ? operation.function.factor : undefined;
  return factor === undefined ? undefined : { gain: Float64Array.of(factor), bias: Float64Array.of(0) };
}

/** A factor of queries or keys is one of their products. */
function foldIntoAttention(r: Rewriting, node: GraphNode): void {
  const consumer = r.soleConsumer(node.id);
  const factor = scalingOf(node)?.gain[0];
  if (consumer?.operation.kind !== 'attention' || factor === undefined || factor <= 0) return;
  const { operation, inputs } = consumer;
  if (inputs[2] === node.id || inputs[0] === inputs[1]) return;
  consumer.operation = { ...operation, factor: operation.factor * factor };
  r.replace(node.id, node.inputs[0] as number);
}

/** Bounds of a value go into what writes it. */
export function foldClips(r: Rewriting): void {
  for (const node of r.graph.nodes) {
    const clip = node.operation.kind === 'unary' ? node.operation.function.clip : undefined;
    if (clip === undefined) continue;
    const producer = r.node(node.inputs[0]);
    const { kind } = producer.operation;
    if ((kind !== 'dense' && kind !== 'conv') || r.soleConsumer(producer.id) !== node) continue;
    // A value that was rounded before is rounded to the same grid behind.
    const [low, high] = producer.clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    producer.clip = [Math.max(low, clip[0]), Math.max(clip[0], Math.min(high, clip[1]))];
    r.replace(node.id, producer.id);
  }
}
