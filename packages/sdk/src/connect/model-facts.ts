import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Client } from '../client/create-client.ts';
import type { ChainConfig } from '../schemas/chain.ts';
import type { ModelInfo } from '../schemas/model.ts';
import { type NetworkFacts, readNetworkFacts } from './network-facts.ts';
import { createTextTokens, type Tokenize } from './text-tokens.ts';

/** A model with what it takes to ask it something. */
export interface ModelFacts {
  readonly info: ModelInfo;
  /** Undefined for models that are no integer networks. */
  readonly network: NetworkFacts | undefined;
  /** The tokens of a text, of a network that takes texts. @throws AivmError `invalid_input` for other models */
  readonly tokenize: Tokenize;
}

/** Facts of models and of the chain, read once and kept. */
export interface FactsReader {
  /** The model as it is now: its owner may have changed it since. @throws AivmError `unknown_model` */
  getModel(id: string): Promise<ModelFacts>;
  getConfig(): Promise<ChainConfig>;
}

/** How long a model's entry is believed: an owner changes weights rarely, and a task says what it bound. */
const MODELS_MS = 5_000;

const refuseText =
  ({ id }: ModelInfo): Tokenize =>
  async () => {
    throw new AivmError('invalid_input', `input: model "${id}" is no network, and has no tokens`);
  };

/** Reads facts over a client. */
export function createFactsReader(client: Client): FactsReader {
  const tokenizeWith = createTextTokens(client);
  const networks = new Map<string, Promise<NetworkFacts>>();
  let config: Promise<ChainConfig> | undefined;
  let models: { readonly at: number; readonly list: Promise<readonly ModelInfo[]> } | undefined;

  const kept = async <T>(read: Promise<T>, forget: () => void): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      forget();
      throw error;
    }
  };
  const listModels = (isFresh: boolean): Promise<readonly ModelInfo[]> => {
    if (models === undefined || isFresh || Date.now() - models.at > MODELS_MS)
      models = { at: Date.now(), list: client.getModels() };
    return kept(models.list, () => {
      models = undefined;
    });
  };
  /** Facts of a network never change under its root. */
  const networkOf = (modelRoot: Uint8Array): Promise<NetworkFacts> => {
    const key = bytesToHex(modelRoot);
    const known = networks.get(key) ?? readNetworkFacts(client, modelRoot);
    networks.set(key, known);
    return kept(known, () => networks.delete(key));
  };

  return {
    getModel: async (id) => {
      const find = (list: readonly ModelInfo[]): ModelInfo | undefined =>
        list.find((model) => model.id === id);
      const info = find(await listModels(false)) ?? find(await listModels(true));
      if (info === undefined) throw new AivmError('unknown_model', `model "${id}" is not registered`);
      if (info.check_class !== 'int8-graph') return { info, network: undefined, tokenize: refuseText(info) };
      const network = await networkOf(info.hash);
      return { info, network, tokenize: tokenizeWith(info, network) };
    },
    getConfig: () => {
      config ??= client.getConfig();
      return kept(config, () => {
        config = undefined;
      });
    },
  };
}
