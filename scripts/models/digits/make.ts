/**
 * Writes models/digits/digits.header and digits.blob from models/digits/source.json.
 *
 *   npx tsx --conditions=aivm-source scripts/models/digits/make.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  alignUp,
  HEADER_VERSION,
  type HeaderOperator,
  type NetworkHeader,
  rowStride,
  serializeNetworkHeader,
  TASK_INPUT,
} from '@aivm/core/network';

interface Layer {
  readonly in: number;
  readonly out: number;
  readonly shift: number;
  readonly weights_row_major_out_in: readonly number[];
  readonly bias: readonly number[];
}

const FOLDER = new URL('../../../models/digits/', import.meta.url);

/** The rows of a layer: weights, the bias, then what `dense_shift` does not read. */
function rowsOf(layer: Layer): Uint8Array {
  const stride = rowStride(layer.in);
  const bytes = new Uint8Array(alignUp(layer.out * stride));
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < layer.out; row++) {
    for (let k = 0; k < layer.in; k++)
      view.setInt8(row * stride + k, layer.weights_row_major_out_in[row * layer.in + k]!);
    view.setInt32(row * stride + layer.in, layer.bias[row]!, true);
  }
  return bytes;
}

/** The header and the blob of layers that feed each other. */
function makeDigits(layers: readonly Layer[]): { header: Uint8Array; blob: Uint8Array } {
  const operators: HeaderOperator[] = [];
  const parts: Uint8Array[] = [];
  let place = 0;
  for (const [index, layer] of layers.entries()) {
    operators.push({
      kind: 'dense_shift',
      inputs: [index === 0 ? TASK_INPUT : index - 1],
      output: { type: 'i8', dims: [layer.out] },
      place,
      attributes: { leading: 0, shift: layer.shift },
    });
    const rows = rowsOf(layer);
    parts.push(rows);
    place += rows.length;
  }
  const header: NetworkHeader = {
    version: HEADER_VERSION,
    form: 'map',
    maxT: 1,
    vocabulary: 0,
    endTokens: [],
    maxNew: 0,
    blobBytes: place,
    input: { type: 'i8', dims: [layers[0]!.in] },
    repeats: [],
    operators,
    notes: 'digits: 8 × 8 pixels p of 0…16 as 8·p − 64; ten scores, the largest is the digit',
  };
  const blob = new Uint8Array(place);
  let offset = 0;
  for (const part of parts) {
    blob.set(part, offset);
    offset += part.length;
  }
  return { header: serializeNetworkHeader(header), blob };
}

const { layers } = JSON.parse(readFileSync(new URL('source.json', FOLDER), 'utf8')) as { layers: Layer[] };
const { header, blob } = makeDigits(layers);
writeFileSync(new URL('digits.header', FOLDER), header);
writeFileSync(new URL('digits.blob', FOLDER), blob);
