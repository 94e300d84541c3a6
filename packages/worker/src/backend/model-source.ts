import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import type { TaskFacts, WorkerNode } from '../worker-node.ts';
import type { ServedModel } from './compute-backend.ts';

/** At most this many weights are kept. */
const WEIGHTS_MAX = 256;
const NO_PARAMETERS = new Uint8Array(0);

/** Models as tasks bound them: the weights are found by the hash in the task, never by the model's id. */
export interface ModelSource {
  /** @throws AivmError `malformed` when a node answers parameters that hash to something else, `not_found` */
  getModel(task: Pick<TaskFacts, 'model' | 'checkClass' | 'weightHash' | 'modelRoot'>): Promise<ServedModel>;
}

/** A source that asks `node` for weights and remembers those that it verified. */
export function createModelSource(node: Pick<WorkerNode, 'getWeights'>): ModelSource {
  const known = new Map<string, Uint8Array>();
  const parametersOf = async (weightHash: Uint8Array): Promise<Uint8Array> => {
    const key = bytesToHex(weightHash);
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const parameters = await node.getWeights(weightHash);
    if (!equalBytes(namedHash('Weights', parameters), weightHash)) {
      throw new AivmError('malformed', `the node's weights do not hash to 0x${key}`);
    }
    if (known.size >= WEIGHTS_MAX) known.clear();
    known.set(key, parameters);
    return parameters;
  };
  return {
    getModel: async ({ model: id, checkClass, weightHash, modelRoot }) => {
      // The weight hash of an opaque model is its owner's word, and that of a network names a blob: nothing is on chain under them.
      const parameters = checkClass === 'int8-kernel' ? await parametersOf(weightHash) : NO_PARAMETERS;
      return { id, checkClass, weightHash, modelRoot, parameters };
    },
  };
}
