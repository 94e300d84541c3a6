import { AivmError, bytesToHex, equalBytes, namedHash } from '@aivm/core';
import type { WorkerNode } from '../worker-node.ts';
import type { ServedModel } from './compute-backend.ts';

/** At most this many models are kept. */
const MODELS_MAX = 256;
const NO_PARAMETERS = new Uint8Array(0);

/** Models by id, with parameters that were checked against the hash that the chain records. */
export interface ModelSource {
  /** @throws AivmError `unknown_model`, `malformed` when a node answers parameters that hash to something else */
  getModel(id: string): Promise<ServedModel>;
}

/** A source that asks `node` and remembers what it verified. */
export function createModelSource(node: Pick<WorkerNode, 'getModel' | 'getModelParameters'>): ModelSource {
  const known = new Map<string, ServedModel>();
  return {
    getModel: async (id) => {
      const remembered = known.get(id);
      if (remembered !== undefined) return remembered;
      const facts = await node.getModel(id);
      const isKernel = facts.checkClass === 'int8-kernel';
      const parameters = isKernel ? await node.getModelParameters(id) : NO_PARAMETERS;
      if (isKernel && !equalBytes(namedHash('Weights', parameters), facts.weightHash)) {
        throw new AivmError(
          'malformed',
          `the node's parameters of ${id} do not hash to 0x${bytesToHex(facts.weightHash)}`,
        );
      }
      const model: ServedModel = { ...facts, parameters };
      if (known.size >= MODELS_MAX) known.clear();
      known.set(id, model);
      return model;
    },
  };
}
