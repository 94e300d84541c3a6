import { AivmError } from '@aivm/core/errors';
import type { Connection, ModelFacts, ModelInfo } from '@aivm/sdk';
import { OpenaiError } from '../openai/openai-error.ts';

/** What the gateway can do with a model. */
export type Endpoint = 'chat' | 'completions' | 'embeddings';

/** Capabilities are words of strangers, such as "constructor". */
const BY_CAPABILITY: ReadonlyMap<string, Endpoint> = new Map([
  ['chat', 'chat'],
  ['completion', 'completions'],
  ['embedding', 'embeddings'],
]);

/** Which endpoints a model serves: those of its form, or those that the owner of an opaque model names. */
function endpointsOf({ info, network }: ModelFacts): readonly Endpoint[] {
  if (network !== undefined) {
    if (!network.isText) return [];
    if (network.form === 'decoder') return ['chat', 'completions'];
    return network.form === 'encoder' ? ['embeddings'] : [];
  }
  if (info.check_class !== 'opaque') return [];
  return info.capabilities.flatMap((capability) => BY_CAPABILITY.get(capability) ?? []);
}

/** A model as `GET /v1/models` shows it. */
export const modelAnswer = (facts: ModelFacts) => {
  const { info, network } = facts;
  return {
    id: info.id,
    object: 'model',
    created: 0,
    owned_by: `0x${Buffer.from(info.owner).toString('hex')}`,
    aivm: {
      check_class: info.check_class,
      verifiable: info.check_class !== 'opaque',
      endpoints: endpointsOf(facts),
      context_size: network?.maxT ?? info.context_size,
      version: Number(info.version),
    },
  };
};

/** Every model that the gateway can ask. */
export async function listServed(connection: Connection): Promise<readonly ModelFacts[]> {
  const infos: readonly ModelInfo[] = await connection.models();
  const all = await Promise.all(infos.map(({ id }) => connection.model(id)));
  return all.filter((facts) => endpointsOf(facts).length > 0);
}

/** A model that serves an endpoint. @throws OpenaiError 404 `model_not_found`, 400 for one that serves others */
export async function requireModel(
  connection: Connection,
  id: string,
  endpoint: Endpoint,
): Promise<ModelFacts> {
  const facts = await connection.model(id).catch((cause: unknown) => {
    if (!(cause instanceof AivmError) || cause.code !== 'unknown_model') throw cause;
    const fields = {
      status: 404,
      type: 'invalid_request_error',
      code: 'model_not_found',
      param: 'model',
    } as const;
    throw new OpenaiError(`the model "${id}" is not registered on this chain`, fields, { cause });
  });
  const served = endpointsOf(facts);
  if (served.includes(endpoint)) return facts;
  const does = served.length === 0 ? 'nothing that this gateway offers' : served.join(' and ');
  throw new OpenaiError(`the model "${id}" does ${does}, not ${endpoint}`, {
    ...{ status: 400, type: 'invalid_request_error', code: 'model_not_supported', param: 'model' },
  });
}
