import { modelClassOf } from '@aivm/core/execute';
import type { ModelRecord } from '@aivm/core/state';
import type { ModelInfo } from '../schemas/model.ts';

/**
 * The Go service's ModelInfo of a model record.
 * @example modelToShape(readModel(state, 'wdbc-int8')).id // 'wdbc-int8'
 */
export function modelToShape(model: ModelRecord): ModelInfo {
  return {
    id: model.id,
    name: model.name,
    type: model.type,
    capabilities: [...model.capabilities],
    context_size: model.contextSize,
    parameters: model.parameters,
    hash: model.modelRoot,
    check_class: modelClassOf(model).name,
    deterministic: model.deterministic,
    owner: model.owner,
    weight_hash: model.weightHash,
    license_root: model.licenseRoot,
    version: model.version,
    genesis: model.genesis,
    deposit: model.deposit,
  };
}
