import {
  createNetwork,
  largestText,
  parseNetworkHeader,
  TASK_INPUT,
  type TensorSpec,
} from '@aivm/core/network';
import { stateKeys } from '@aivm/core/state';
import type { Client } from '@aivm/sdk';

/** One operator of a network, for people. */
export interface LayerView {
  readonly index: number;
  readonly kind: string;
  readonly inputs: string;
  readonly output: string;
}

/** A network, for people. */
export interface NetworkView {
  readonly form: string;
  readonly weightBytes: number;
  /** Tensors of one run, repeated parts counted as often as they run. */
  readonly tensorCount: number;
  /** 0 for a map. */
  readonly longestText: number;
  readonly layers: readonly LayerView[];
}

const showTensor = ({ type, dims }: TensorSpec): string =>
  `${type} ${dims.map((length) => `[${length}]`).join('')}`;

/** The network of a model, from its header in the state. @throws Error where the state has none */
export async function readNetworkLayers(client: Client, modelRoot: Uint8Array): Promise<NetworkView> {
  const { value } = await client.getStateProof(stateKeys.networkHeader(modelRoot));
  if (value === undefined) throw new Error('the state has no network of this model');
  const header = parseNetworkHeader(value);
  return {
    form: header.form,
    weightBytes: header.blobBytes,
    tensorCount: createNetwork(header, largestText(header)).tensorCount,
    longestText: header.form === 'map' ? 0 : header.maxT,
    layers: header.operators.map(({ kind, inputs, output }, index) => ({
      index,
      kind,
      inputs: inputs.map((input) => (input === TASK_INPUT ? 'the input' : `#${input}`)).join(', '),
      output: showTensor(output),
    })),
  };
}
