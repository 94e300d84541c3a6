import type { ModelRecord } from '@aivm/core';
import { CHECK_CLASS_NAMES, type ModelInfo } from '../schemas/model.ts';

/** The seed's ModelInfo of a model record. */
export function modelToJson(model: ModelRecord): ModelInfo {
  const checkClass = CHECK_CLASS_NAMES[model.checkClass];
  if (checkClass === undefined)
    throw new RangeError(`model "${model.id}": no name for class ${model.checkClass}`);
  return {
    id: model.id,
    name: model.name,
    type: model.type,
    capabilities: [...model.capabilities],
    context_size: model.contextSize,
    parameters: model.parameters,
    hash: model.modelRoot,
    check_class: checkClass,
    deterministic: model.deterministic,
    owner: model.owner,
    weight_hash: model.weightHash,
    license_root: model.licenseRoot,
    version: model.version,
    genesis: model.genesis,
    deposit: model.deposit,
  };
}
