import { ModelOp } from '../layout/model-op.ts';
import { ModelRegistryEntry } from '../layout/model-registry-entry.ts';
import { checkProvenanceApply } from './arguments.ts';
import { MODEL_OP_KIND } from './constants.ts';
import { findSlot, isOccupied, NO_SLOT, type TableShape } from './table.ts';
import { copyRange, incrementU64, isZeroRange, readU32, writeU32 } from './words.ts';

const from = ModelOp.fields;
const to = ModelRegistryEntry.fields;
const TABLE: TableShape = { slotSize: ModelRegistryEntry.SIZE, occupiedOffset: to.Occupied.offset };

/** Kernel 2: registers models and changes registered ones. See {@link KernelBackend.provenanceApply}. */
export function provenanceApply(desc: Uint8Array, ops: Uint8Array, models: Uint8Array): number {
  const opCount = checkProvenanceApply(desc, ops, models);
  let applied = 0;
  for (let op = 0; op < opCount * ModelOp.SIZE; op += ModelOp.SIZE) {
    if (isZeroRange(ops, op + from.ModelRoot.offset, from.ModelRoot.size)) continue;
    if (isZeroRange(ops, op + from.WeightHash.offset, from.WeightHash.size)) continue;
    if (applyOp(ops, op, models)) applied++;
  }
  return applied;
}

function applyOp(ops: Uint8Array, op: number, models: Uint8Array): boolean {
  const kind = readU32(ops, op + from.Kind.offset);
  if (kind > MODEL_OP_KIND.transfer) return false;
  const index = findSlot(models, TABLE, ops, op + from.ModelRoot.offset);
  if (index === NO_SLOT) return false;
  const slot = index * ModelRegistryEntry.SIZE;
  if (kind === MODEL_OP_KIND.register) {
    register(ops, op, models, slot);
    return true;
  }
  if (!isOccupied(models, TABLE, slot)) return false;
  if (kind === MODEL_OP_KIND.updateWeights) updateWeights(ops, op, models, slot);
  else if (kind === MODEL_OP_KIND.updateLicense) copyField(ops, op, models, slot, 'LicenseRoot');
  else copyField(ops, op, models, slot, 'OwnerAddr');
  return true;
}

function register(ops: Uint8Array, op: number, models: Uint8Array, slot: number): void {
  if (!isOccupied(models, TABLE, slot)) {
    models.fill(0, slot, slot + ModelRegistryEntry.SIZE);
    copyField(ops, op, models, slot, 'ModelRoot');
    writeU32(models, slot + to.Occupied.offset, 1);
  }
  copyField(ops, op, models, slot, 'WeightHash');
  copyField(ops, op, models, slot, 'LicenseRoot');
  copyField(ops, op, models, slot, 'OwnerAddr');
  copyField(ops, op, models, slot, 'ParameterCount');
  copyField(ops, op, models, slot, 'Modality');
  writeU32(models, slot + to.Version.offset, 1);
  writeU32(models, slot + to.Version.offset + 4, 0);
}

function updateWeights(ops: Uint8Array, op: number, models: Uint8Array, slot: number): void {
  copyField(ops, op, models, slot, 'WeightHash');
  incrementU64(models, slot + to.Version.offset, true);
  // 0 means "as before": a retrained model of the same shape need not repeat its count.
  if (!isZeroRange(ops, op + from.ParameterCount.offset, from.ParameterCount.size)) {
    copyField(ops, op, models, slot, 'ParameterCount');
  }
}

type SharedField = keyof typeof from & keyof typeof to;

function copyField(ops: Uint8Array, op: number, models: Uint8Array, slot: number, name: SharedField): void {
  copyRange(models, slot + to[name].offset, ops, op + from[name].offset, to[name].size);
}
