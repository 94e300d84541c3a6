import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import type { MODEL_OP_KIND } from '../../kernels/constants.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, readModel, readRecord } from '../../state/read.ts';
import { type ModelRecord, modelUpdatesCodec } from '../../state/records/model.ts';
import { type BlockContext, writeModel } from '../context/block-context.ts';
import { queueModelOp } from '../epochs/kernel-ops.ts';

/** The model `id`, if `sender` owns it. @throws AivmError `not_found`, `forbidden`. */
export function ownModel(context: BlockContext, sender: Uint8Array, id: string): ModelRecord {
  const model = readModel(context.state, id);
  if (model === undefined) throw new AivmError('not_found', `model "${id}" is not registered`);
  requireThat(equalBytes(model.owner, sender), 'forbidden', () => `another account owns model "${id}"`);
  return model;
}

/** The list of operations for the kernels is shared by all owners, and a change costs little: nobody shall fill it. */
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

/** The record is authoritative at once; the kernels' table follows when its turn comes. */
export function updateModel(
  context: BlockContext,
  kind: keyof typeof MODEL_OP_KIND,
  model: ModelRecord,
): void {
  countUpdate(context, model.id);
  writeModel(context, model);
  queueModelOp(context, kind, model);
}
