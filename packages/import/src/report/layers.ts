import { createNetwork, shapeOf, sizeOf, TASK_INPUT, tensorOffset } from '@aivm/core/network';
import type { Sample } from '../files/samples.ts';
import { runFloat } from '../graph/run-float.ts';
import type { Range } from '../integer/ranges.ts';
import type { LayerReport } from './import-report.ts';
import { type Comparison, numbersOf, passOver } from './measure.ts';

/** √(Σ (a − b)² ÷ Σ b²) */
function relativeError(integer: Float64Array, float: Float64Array): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < float.length; i++) {
    difference += ((integer[i] as number) - (float[i] as number)) ** 2;
    size += (float[i] as number) ** 2;
  }
  return size === 0 ? 0 : Math.sqrt(difference / size);
}

/** Each node of the graph with its grid and, on one sample, its difference to the float values. */
export async function reportLayers(
  comparison: Comparison & {
    readonly ranges: ReadonlyMap<number, Range>;
    readonly sample: Sample | undefined;
  },
): Promise<readonly LayerReport[]> {
  const { model, quantised, ranges, sample } = comparison;
  const { graph } = model;
  const rows = sample === undefined || graph.form === 'map' ? 1 : sample.values.length;
  const size = { T: rows, N: graph.form === 'decoder' ? rows : 0 };
  const network = createNetwork(quantised.header, size);
  const trace = sample === undefined ? undefined : await passOver(comparison, sample);
  const input = graph.form === 'map' ? { numbers: sample?.values ?? [] } : { tokens: sample?.values ?? [] };
  const floats = sample === undefined ? undefined : runFloat(graph, input, { T: rows, N: rows });
  return graph.nodes.map(({ id, name, operation }): LayerReport => {
    const grid = quantised.grids.get(id) as LayerReport['grid'];
    const range = ranges.get(id) ?? { low: 0, high: 0 };
    const tensor = quantised.tensors.get(id);
    const note = quantised.rows.get(id);
    const values = floats?.get(id)?.data;
    let error: number | undefined;
    if (
      trace !== undefined &&
      values !== undefined &&
      tensor !== undefined &&
      tensor !== TASK_INPUT &&
      operation.kind !== 'argmax'
    ) {
      const shape = shapeOf(network, tensor);
      const start = tensorOffset(network, tensor);
      error = relativeError(
        numbersOf(trace.bytes.subarray(start, start + sizeOf(shape)), shape.type, grid),
        values,
      );
    }
    return {
      ...{ name, kind: operation.kind, grid, range: [range.low, range.high] },
      ...(note === undefined ? {} : { rows: note.rows, ownGridRows: note.own }),
      ...(error === undefined ? {} : { error }),
    };
  });
}
