import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import type { MODEL_OP_KIND } from '../../kernels/constants.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, readModel, readRecord } from '../../state/read.ts';
import { CheckClass, type ModelRecord, modelUpdatesCodec } from '../../state/records/model.ts';
import type { OperationOf } from '../../tx/operations/definitions.ts';
import { type BlockContext, writeModel } from '../context/block-context.ts';
import { INT8_KERNEL_PARAMETER_BYTES } from '../disputes/int8-kernel.ts';
import { queueModelOp } from '../epochs/kernel-ops.ts';
import { releaseWeights, storeWeights } from '../models/weights.ts';

/** Versions saturate where kernel 2 does. */
const VERSION_MAX = (1n << 64n) - 1n;

/** The model `id`, if `sender` owns it. @throws AivmError `not_found`, `forbidden`. */
function ownModel(context: BlockContext, sender: Uint8Array, id: string): ModelRecord {
  const model = readModel(context.state, id);
  if (model === undefined) throw new AivmError('not_found', `model "${id}" is not registered`);
  requireThat(equalBytes(model.owner, sender), 'forbidden', () => `another account owns model "${id}"`);
  return model;
}

/** The list of a kernel round's operations is shared by all owners, and a change costs little: nobody shall fill it. */
const UPDATES_PER_EPOCH_MAX = 16;

function countUpdate(context: BlockContext, id: string): void {
  const { state } = context;
  const { epoch } = readChain(state);
  const key = stateKeys.modelUpdates(id);
  const known = readRecord(state, key, modelUpdatesCodec);
  const count = known?.epoch === epoch ? known.count : 0;
  requireThat(
    count < UPDATES_PER_EPOCH_MAX,
    'table_full',
    () => `model "${id}" changed ${count} times in this epoch, as often as it may`,
  );
  state.setRecord(key, modelUpdatesCodec, { epoch, count: count + 1 });
}

/** The record is authoritative at once; the kernels' table follows at the epoch's end. */
function updateModel(context: BlockContext, kind: keyof typeof MODEL_OP_KIND, model: ModelRecord): void {
  countUpdate(context, model.id);
  writeModel(context, model);
  queueModelOp(context, kind, model);
}

/** Replaces the weights. Tasks that are open keep the ones they were submitted under. */
export function processUpdateModelWeights(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'updateModelWeights'>,
): void {
  const model = ownModel(context, sender, operation.id);
  const version = model.version < VERSION_MAX ? model.version + 1n : VERSION_MAX;
  if (model.checkClass === CheckClass.int8Kernel) {
    requireThat(
      operation.weights.length === INT8_KERNEL_PARAMETER_BYTES && isZeroBytes(operation.weightHash),
      'malformed',
      () =>
        `weights: an int8-kernel model has ${INT8_KERNEL_PARAMETER_BYTES} bytes and computes its own hash`,
    );
    const weightHash = namedHash('Weights', operation.weights);
    storeWeights(context, weightHash, operation.weights);
    releaseWeights(context, model);
    updateModel(context, 'updateWeights', { ...model, weightHash, version });
  } else {
    requireThat(
      operation.weights.length === 0 && !isZeroBytes(operation.weightHash),
      'malformed',
      () => 'weightHash: an opaque model names its weights by a hash that is not zero',
    );
    updateModel(context, 'updateWeights', { ...model, weightHash: operation.weightHash, version });
  }
  context.events.push({ kind: 'model', model: model.id, change: 'weights' });
}

/** Replaces the licence. */
export function processUpdateModelLicense(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'updateModelLicense'>,
): void {
  const model = ownModel(context, sender, operation.id);
  updateModel(context, 'updateLicense', { ...model, licenseRoot: operation.licenseRoot });
  context.events.push({ kind: 'model', model: model.id, change: 'license' });
}

/** Gives the model to another account. */
export function processTransferModel(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'transferModel'>,
): void {
  const model = ownModel(context, sender, operation.id);
  requireThat(!isZeroBytes(operation.owner), 'malformed', () => 'owner: the zero address');
  updateModel(context, 'transfer', { ...model, owner: operation.owner });
  context.events.push({ kind: 'model', model: model.id, change: 'transferred' });
}
