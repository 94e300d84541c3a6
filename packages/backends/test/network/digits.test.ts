import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createNetwork, serializeNetworkHeader, validateNetworkHeader } from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { createReferenceEngine, readNetworkBlob, readNetworkFiles } from '../../src/index.ts';

const DIGITS = fileURLToPath(new URL('../../../../models/digits', import.meta.url));
const files = await readNetworkFiles(DIGITS);
const blob = await readNetworkBlob(files);
const { layers } = JSON.parse(readFileSync(`${DIGITS}/source.json`, 'utf8')) as {
  layers: { in: number; out: number; weights_row_major_out_in: number[]; bias: number[] }[];
};
const samples = readFileSync(`${DIGITS}/samples.csv`, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number))
  .map((cells) => ({ input: cells.slice(0, 64), label: cells[64]!, output: cells.slice(65) }));

describe('the digits model', () => {
  it('has a canonical header that a chain admits', () => {
    expect(serializeNetworkHeader(files.header)).toEqual(files.headerBytes);
    const limits = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 65_536 };
    expect(validateNetworkHeader(files.header, limits).depthMax).toBe(1);
  });

  it('holds the weights of its source', () => {
    const view = new DataView(blob.buffer, blob.byteOffset);
    let place = 0;
    for (const layer of layers) {
      for (let row = 0; row < layer.out; row++, place += 128) {
        const weights = Array.from({ length: layer.in }, (_, k) => view.getInt8(place + k));
        expect(weights).toEqual(layer.weights_row_major_out_in.slice(row * layer.in, (row + 1) * layer.in));
        expect(view.getInt32(place + layer.in, true)).toBe(layer.bias[row]);
      }
    }
    expect(place).toBe(blob.length);
  });

  it('gives the outputs of an independent implementation for every sample, and reads most digits', async () => {
    expect(samples).toHaveLength(360);
    const digits = createReferenceEngine().load(files.header, blob);
    const network = createNetwork(files.header, { T: 1, N: 0 });
    let right = 0;
    for (const { input, label, output } of samples) {
      const bytes = Uint8Array.from(input, (value) => value & 0xff);
      const trace = await digits.pass({ network, input: { bytes, tokens: new Uint32Array(0) } });
      const scores = [...Int8Array.from(trace.output, (value) => (value << 24) >> 24)];
      expect(scores).toEqual(output);
      if (scores.indexOf(Math.max(...scores)) === label) right++;
    }
    expect(right).toBe(350);
  });
});
