import { createReferenceEngine } from '@aivm/backends';
import { utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  alignUp,
  HEADER_VERSION,
  type HeaderOperator,
  hashBlob,
  rowStride,
  serializeNetworkHeader,
  TASK_INPUT,
} from '@aivm/core/network';
import type { BlobCache, NetworkEngine } from '@aivm/worker';
import { Random } from './random.ts';

/** The integer network of the simulation. */
export const NETWORK_MODEL = 'net';
export const NETWORK_INPUT_BYTES = 32;

/** Widths of the layers, the input's first: small, so that computing one costs less than signing for it. */
export const NETWORK_WIDTHS: readonly number[] = [NETWORK_INPUT_BYTES, 24, 16, 8];
export const NETWORK_SHIFT = 5;
const WEIGHT_MAX = 12;

interface Layers {
  readonly header: Uint8Array;
  readonly blob: Uint8Array;
}

function makeNetwork(): Layers {
  const random = new Random(utf8ToBytes('aivm-sim-network'));
  const operators: HeaderOperator[] = [];
  const parts: Uint8Array[] = [];
  let place = 0;
  for (const [layer, width] of NETWORK_WIDTHS.slice(1).entries()) {
    const inputs = NETWORK_WIDTHS[layer] ?? 0;
    const stride = rowStride(inputs);
    const rows = new Uint8Array(alignUp(width * stride));
    for (let row = 0; row < width; row++) {
      for (let at = 0; at < inputs; at++)
        rows[row * stride + at] = random.between(-WEIGHT_MAX, WEIGHT_MAX) & 0xff;
    }
    operators.push({
      kind: 'dense_shift',
      inputs: [layer === 0 ? TASK_INPUT : layer - 1],
      output: { type: 'i8', dims: [width] },
      place,
      attributes: { leading: 0, shift: NETWORK_SHIFT },
    });
    parts.push(rows);
    place += rows.length;
  }
  const blob = new Uint8Array(place);
  for (const [layer, part] of parts.entries()) blob.set(part, operators[layer]?.place);
  const header = serializeNetworkHeader({
    version: HEADER_VERSION,
    form: 'map',
    maxT: 1,
    vocabulary: 0,
    endTokens: [],
    maxNew: 0,
    blobBytes: place,
    input: { type: 'i8', dims: [NETWORK_INPUT_BYTES] },
    repeats: [],
    operators,
    notes: '',
  });
  return { header, blob };
}

let made: Layers | undefined;

/** Header and weights of the network; made once a process. */
export const simNetwork = (): Layers => {
  made ??= makeNetwork();
  return made;
};

/** Computes as the chain judges. */
export const honestEngine: NetworkEngine = createReferenceEngine();

/** Computes with one other weight of the first layer, so that its traces agree with its answers and with nothing else. */
export const lyingEngine: NetworkEngine = {
  name: 'liar',
  load: (header, blob) => {
    const other = blob.slice();
    for (let at = 0; at < NETWORK_INPUT_BYTES; at++) other[at] = (other[at] ?? 0) ^ 0x40;
    return honestEngine.load(header, other);
  },
};

/** A disk on which the weights are already. */
export const simBlobs: BlobCache = {
  get: async ({ hash }) => {
    const { blob } = simNetwork();
    if (hashBlob(blob).some((byte, at) => byte !== hash[at]))
      throw new AivmError('not_found', 'another blob');
    return blob;
  },
};
