import { describe, expect, it } from 'vitest';
import { type NetworkHeader, validateNetworkHeader } from '../../src/network/index.ts';
import { GraphBuilder, spec } from './support/graph-builder.ts';
import { LIMITS } from './support/random-graph.ts';

describe('a decoder in which a row would depend on later ones', () => {
  const fields = { form: 'decoder', maxT: 8, vocabulary: 5, maxNew: 2 } as const;

  /** Embeddings [T][4], and what `extend` appends to them. */
  function decoder(extend: (graph: GraphBuilder) => void): NetworkHeader {
    const graph = new GraphBuilder(fields);
    graph.append('embed', { inputs: [], output: spec('i16', 'T', 4), attributes: { ofPosition: false } });
    extend(graph);
    return graph.header;
  }

  const turned = (graph: GraphBuilder): number =>
    graph.append('transpose', {
      inputs: [0],
      output: spec('i16', 4, 'T'),
      attributes: { permutation: [1, 0] },
    });
  const heads = (graph: GraphBuilder): number =>
    graph.append('reshape', { inputs: [0], output: spec('i16', 'T', 1, 4), attributes: {} });
  const square = spec('i16', 1, 'T', 'T');
  const scored = (graph: GraphBuilder): number => {
    const q = heads(graph);
    return graph.append('scores', {
      inputs: [q, q],
      output: square,
      attributes: { causal: true, m: 1, s: 0 },
    });
  };

  it.each<[string, (graph: GraphBuilder) => void, RegExp]>([
    [
      'by open attention',
      (graph) => {
        const q = heads(graph);
        graph.append('scores', { inputs: [q, q], output: square, attributes: { causal: false, m: 1, s: 0 } });
      },
      /operator 2 \(scores\): causal is false/,
    ],
    [
      'by the mean of a text',
      (graph) => {
        const attributes = { m: 1, s: 0, zx: 0, zy: 0 };
        graph.append('meanT', { inputs: [turned(graph)], output: spec('i16', 4), attributes });
      },
      /operator 2 \(meanT\): combines the rows of i16 \[4\]\[T\]/,
    ],
    [
      'by a sum over the text',
      (graph) => {
        const attributes = { segment: 8, abs: false };
        graph.append('rowsum', { inputs: [turned(graph)], output: spec('i64', 4, 1), attributes });
      },
      /operator 2 \(rowsum\): combines the rows/,
    ],
    [
      'by a product of rows with rows',
      (graph) => {
        graph.append('matmul', { inputs: [0, 0], output: spec('i16', 'T', 'T'), attributes: { m: 1, s: 0 } });
      },
      /operator 1 \(matmul\): multiplies rows of the text/,
    ],
    [
      'by scores that are turned',
      (graph) => {
        const attributes = { permutation: [0, 2, 1] };
        graph.append('transpose', { inputs: [scored(graph)], output: square, attributes });
      },
      /operator 3 \(transpose\): reads i16 \[1\]\[T\]\[T\] \(input 0\); in a decoder only masked attention may/,
    ],
    [
      'by rows that are rearranged',
      (graph) => {
        graph.append('reshape', { inputs: [0], output: spec('i16', 4, 'T'), attributes: {} });
      },
      /operator 1 \(reshape\): has 1·T·4 elements and writes 4·T·1/,
    ],
  ])('%s is refused', (_name, extend, message) => {
    expect(() => validateNetworkHeader(decoder(extend), LIMITS)).toThrow(message);
  });

  it('is not refused where nothing does, but for its output', () => {
    expect(() =>
      validateNetworkHeader(
        decoder(() => {}),
        LIMITS,
      ),
    ).toThrow(/header: the output is i16 \[T\]\[4\]; that of a decoder must be u32 \[N\]/);
  });
});
