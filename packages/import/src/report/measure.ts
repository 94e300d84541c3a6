import type { LoadedNetwork } from '@aivm/backends';
import {
  createNetwork,
  ELEMENT_RANGE,
  ELEMENT_SIZE,
  type ElementType,
  isNarrow,
  type Trace,
  viewElements,
} from '@aivm/core/network';
import type { Sample } from '../files/samples.ts';
import type { Grid } from '../graph/graph.ts';
import type { QuantisedModel } from '../integer/quantise-graph.ts';
import type { FloatModel } from '../sources/float-model.ts';
import {
  type Agreement,
  compareTokens,
  compareVectors,
  type SampleAgreement,
  summarize,
} from './agreement.ts';

/** A network and the model that it came from. */
export interface Comparison {
  readonly model: FloatModel;
  readonly quantised: QuantisedModel;
  readonly network: LoadedNetwork;
}

/** A sample as the input of a task. */
export function taskInput(values: ArrayLike<number>, { type, scale, zero }: Grid): Uint8Array {
  const [low, high] = ELEMENT_RANGE[type];
  const elements = viewElements(type, new ArrayBuffer(values.length * ELEMENT_SIZE[type]), 0, values.length);
  for (let i = 0; i < values.length; i++) {
    const steps = Math.round((values[i] as number) / scale) + zero;
    (elements as Int8Array)[i] = Math.min(Math.max(steps, low), high);
  }
  return new Uint8Array(elements.buffer);
}

/** Integers of a tensor as the numbers that they stand for. */
export function numbersOf(
  bytes: Uint8Array,
  type: ElementType,
  { scale, zero }: Pick<Grid, 'scale' | 'zero'>,
): Float64Array {
  const copy = Uint8Array.from(bytes);
  const elements = viewElements(type, copy.buffer, 0, copy.length / ELEMENT_SIZE[type]);
  return Float64Array.from({ length: elements.length }, (_, i) => (Number(elements[i]) - zero) * scale);
}

/** One pass of the integer network over a sample. */
export function passOver(
  { quantised: { header, inputGrid }, network }: Comparison,
  { values }: Sample,
): Promise<Trace> {
  const rows = header.form === 'map' ? 1 : values.length;
  const size = { T: rows, N: header.form === 'decoder' ? rows : 0 };
  const isMap = header.form === 'map' && inputGrid !== undefined;
  return network.pass({
    network: createNetwork(header, size),
    input: {
      bytes: isMap ? taskInput(values, inputGrid) : new Uint8Array(0),
      tokens: isMap ? new Uint32Array(0) : Uint32Array.from(values),
    },
  });
}

/** Exponentials as parts of their sum. */
export function softmax(values: Float64Array): Float64Array {
  const most = values.reduce((so, value) => Math.max(so, value), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/** Runs the network over each sample and holds its answers against the float model's. */
export async function measure(
  comparison: Comparison & { readonly samples: readonly Sample[] },
): Promise<{ readonly agreement: Agreement; readonly samples: readonly SampleAgreement[] }> {
  const { model, quantised, samples } = comparison;
  const { header, outputGrid } = quantised;
  const last = header.operators[header.operators.length - 1];
  const type = last?.output.type ?? 'i16';
  const isToken = type === 'u32' || !isNarrow(type);
  const parts: SampleAgreement[] = [];
  for (const sample of samples) {
    const { output } = await passOver(comparison, sample);
    const wanted = sample.expected ?? model.answer(sample);
    if (isToken) {
      parts.push(compareTokens(numbersOf(output, type, { scale: 1, zero: 0 }), wanted));
      continue;
    }
    const own = numbersOf(output, type, outputGrid);
    parts.push(compareVectors(model.leavesSoftmaxOut ? softmax(own) : own, wanted));
  }
  return { agreement: summarize(parts), samples: parts };
}
