import { isZeroBytes } from '../../bytes/bytes.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { isId } from '../../state/limits.ts';
import { readChain, readModel } from '../../state/read.ts';
import type { ModelRecord } from '../../state/records/model.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, updateChain, writeModel } from '../context/block-context.ts';
import { queueModelOp, reserveModelSlot } from '../epochs/kernel-ops.ts';
import { findModelClass, modelClassOf } from '../models/model-classes.ts';
import { storeWeights } from '../models/weights.ts';

type RegisterModel = OperationOf<'registerModel'>;

/** Form and novelty of a model; nothing is changed. */
export function checkModel(context: BlockContext, operation: RegisterModel): void {
  requireThat(
    isId(operation.id),
    'malformed',
    () => `model id "${operation.id}": 1–64 of A–Z a–z 0–9 . _ : -`,
  );
  requireThat(
    readModel(context.state, operation.id) === undefined,
    'id_taken',
    () => `model "${operation.id}" exists`,
  );
  const modelClass = findModelClass(operation.checkClass);
  if (modelClass === undefined)
    throw new AivmError('not_supported', `checkClass ${operation.checkClass}: this chain does not judge it`);
  modelClass.checkRegistration(context, operation);
}

/** Who registers a model, and with what deposit. Genesis models have no deposit and no owner. */
export interface ModelOwner {
  readonly owner: Uint8Array;
  readonly deposit: bigint;
  readonly genesis: boolean;
}

/** Stores a checked model at the end of the list of all models. */
export function storeModel(context: BlockContext, operation: RegisterModel, by: ModelOwner): void {
  const { state } = context;
  const modelClass = modelClassOf(operation);
  const { modelRoot, weightHash } = modelClass.hashModel(by.owner, operation);
  requireThat(!isZeroBytes(modelRoot), 'malformed', () => 'modelRoot: zero');
  requireThat(
    state.get(stateKeys.modelRoot(modelRoot)) === undefined,
    'id_taken',
    () => 'a model with this root exists',
  );
  const { modelCount } = readChain(state);
  if (modelClass.weights === 'stored') storeWeights(context, weightHash, operation.weights);
  reserveModelSlot(context, modelRoot);
  const model: ModelRecord = {
    id: operation.id,
    name: operation.name,
    type: operation.modelType,
    capabilities: operation.capabilities,
    contextSize: operation.contextSize,
    parameters: operation.parameters,
    checkClass: operation.checkClass,
    deterministic: operation.deterministic,
    owner: by.owner,
    modelRoot,
    weightHash,
    licenseRoot: operation.licenseRoot,
    version: 1n,
    index: modelCount,
    genesis: by.genesis,
    deposit: by.deposit,
  };
  writeModel(context, model);
  modelClass.keepModel?.(context, modelRoot, operation);
  queueModelOp(context, 'register', model);
  state.set(stateKeys.modelRoot(modelRoot), utf8ToBytes(operation.id));
  state.set(stateKeys.modelIndex(modelCount), utf8ToBytes(operation.id));
  updateChain(context, () => ({ modelCount: modelCount + 1 }));
  context.events.push({ kind: 'model', model: operation.id, change: 'registered' });
}
