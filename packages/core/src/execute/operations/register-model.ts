import { isZeroBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { address, bytes, text, u8 } from '../../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { isId, LIMITS } from '../../state/limits.ts';
import { readChain, readModel } from '../../state/read.ts';
import { CheckClass, type ModelRecord } from '../../state/records/model.ts';
import type { OperationOf } from '../../tx/operations/definitions.ts';
import { type BlockContext, updateChain, writeModel } from '../context/block-context.ts';
import { INT8_KERNEL_PARAMETER_BYTES } from '../disputes/int8-kernel.ts';
import { debit } from '../economy/money.ts';
import { queueModelOp, reserveModelSlot } from '../epochs/kernel-ops.ts';
import { storeWeights } from '../models/weights.ts';

type RegisterModel = OperationOf<'registerModel'>;

const opaqueRootCodec = struct('OpaqueModel', {
  owner: address,
  id: text(LIMITS.idBytesMax),
  checkClass: u8,
  header: bytes(LIMITS.headerBytesMax),
});

/** The two hashes by which tasks and receipts name a model. */
export interface ModelHashes {
  readonly modelRoot: Uint8Array;
  readonly weightHash: Uint8Array;
}

/** Hashes of a model, owner included, so that nobody can register another's root first and keep it. */
export function hashModel(owner: Uint8Array, operation: RegisterModel): ModelHashes {
  if (operation.checkClass === CheckClass.int8Kernel) {
    return {
      modelRoot: namedHash('Int8Model', owner, operation.weights),
      weightHash: namedHash('Weights', operation.weights),
    };
  }
  const header = serialize(opaqueRootCodec, { owner, ...operation });
  return { modelRoot: namedHash('Model', header), weightHash: operation.weightHash };
}

function checkInt8Kernel(operation: RegisterModel): void {
  requireThat(
    operation.weights.length === INT8_KERNEL_PARAMETER_BYTES,
    'malformed',
    () =>
      `weights: an int8-kernel model has ${INT8_KERNEL_PARAMETER_BYTES} bytes, got ${operation.weights.length}`,
  );
  requireThat(operation.header.length === 0, 'malformed', () => 'header: an int8-kernel model has none');
  requireThat(
    isZeroBytes(operation.weightHash),
    'malformed',
    () => 'weightHash: computed from the weights, leave it zero',
  );
  requireThat(operation.deterministic, 'malformed', () => 'deterministic: an int8-kernel model always is');
}

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
  if (operation.checkClass === CheckClass.int8Kernel) checkInt8Kernel(operation);
  else if (operation.checkClass === CheckClass.opaque) {
    requireThat(
      operation.weights.length === 0,
      'malformed',
      () => 'weights: an opaque model has none on chain',
    );
    requireThat(!isZeroBytes(operation.weightHash), 'malformed', () => 'weightHash: zero');
  } else
    throw new AivmError('not_supported', `checkClass ${operation.checkClass}: this chain does not judge it`);
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
  const { modelRoot, weightHash } = hashModel(by.owner, operation);
  requireThat(!isZeroBytes(modelRoot), 'malformed', () => 'modelRoot: zero');
  requireThat(
    state.get(stateKeys.modelRoot(modelRoot)) === undefined,
    'id_taken',
    () => 'a model with this root exists',
  );
  const { modelCount } = readChain(state);
  if (operation.checkClass === CheckClass.int8Kernel) storeWeights(context, weightHash, operation.weights);
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
  queueModelOp(context, 'register', model);
  state.set(stateKeys.modelRoot(modelRoot), utf8ToBytes(operation.id));
  state.set(stateKeys.modelIndex(modelCount), utf8ToBytes(operation.id));
  updateChain(context, () => ({ modelCount: modelCount + 1 }));
  context.events.push({ kind: 'model', model: operation.id, change: 'registered' });
}

/** Registers a model and locks its deposit. */
export function processRegisterModel(
  context: BlockContext,
  sender: Uint8Array,
  operation: RegisterModel,
): void {
  checkModel(context, operation);
  const deposit = context.params.modelDeposit;
  debit(context, sender, deposit, 'model deposit');
  storeModel(context, operation, { owner: sender, deposit, genesis: false });
}
