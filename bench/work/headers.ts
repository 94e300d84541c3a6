import {
  type HeaderOperator,
  type NetworkHeader,
  serializeNetworkHeader,
  TASK_INPUT,
} from '@aivm/core/network';

/** A chain of the smallest operators. */
export function chainOf(count: number, width: number): NetworkHeader {
  const tensor = { type: 'i8', dims: [width] } as const;
  const operators = Array.from({ length: count }, (_, i) => ({
    kind: 'reshape',
    inputs: [i === 0 ? TASK_INPUT : i - 1],
    output: tensor,
    place: 0,
    attributes: {},
  })) as unknown as readonly HeaderOperator[];
  const fields = { version: 1, form: 'map', maxT: 1, vocabulary: 0, endTokens: [], maxNew: 0 } as const;
  return { ...fields, blobBytes: 0, input: tensor, repeats: [], operators, notes: '' };
}

/** Convolutions whose windows have the most places, each read by itself: the dearest operators to hold against a bound. */
function windowsOf(count: number): NetworkHeader {
  const tensor = { type: 'i8', dims: [64, 64, 1] } as const;
  const attributes = {
    ...{ kernelY: 32, kernelX: 32, strideY: 1, strideX: 1, dilationY: 1, dilationX: 2, top: 0, left: 0 },
    ...{ groups: 1, zx: 0, zy: 0, lo: -128, hi: 127 },
  };
  const operators = Array.from({ length: count }, (_, i) => ({
    kind: 'conv2d',
    inputs: [i === 0 ? TASK_INPUT : i - 1],
    output: tensor,
    place: 0,
    attributes,
  })) as unknown as readonly HeaderOperator[];
  return { ...chainOf(0, 1), blobBytes: 2 ** 30, input: tensor, operators };
}

/** As many of them as a header of 64 KiB has. */
export const chainHeader = (): Uint8Array => serializeNetworkHeader(chainOf(2_450, 8_192));

/** As many of them as a header of 64 KiB has. */
export const windowsHeader = (): Uint8Array => serializeNetworkHeader(windowsOf(1_050));
