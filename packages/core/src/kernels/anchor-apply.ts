import { AnchorOp } from '../layout/anchor-op.ts';
import { AuditAnchor } from '../layout/audit-anchor.ts';
import { checkAnchorApply } from './arguments.ts';
import { copyRange, equalRanges, isU64AtMost, isZeroRange, readU32, writeU32 } from './words.ts';

const from = AnchorOp.fields;
const to = AuditAnchor.fields;

/** CommitRoot, ParentRoot, ValidatorSetRootAtCommit, Height and TimestampNS lie alike in op and slot: one copy. */
const COPIED_SIZE = to.Occupied.offset;

/** Kernel 3: appends links that follow from the last one. See {@link KernelBackend.anchorApply}. */
export function anchorApply(desc: Uint8Array, ops: Uint8Array, anchors: Uint8Array): number {
  const opCount = checkAnchorApply(desc, ops, anchors);
  let cursor = firstFree(anchors);
  let applied = 0;
  for (let op = 0; op < opCount * AnchorOp.SIZE; op += AnchorOp.SIZE) {
    if (isZeroRange(ops, op + from.CommitRoot.offset, from.CommitRoot.size)) continue;
    if (cursor === anchors.length) break;
    if (cursor > 0 && !follows(ops, op, anchors, cursor - AuditAnchor.SIZE)) continue;
    // Padding of the slot keeps what it held: only fields are written.
    copyRange(anchors, cursor, ops, op, COPIED_SIZE);
    writeU32(anchors, cursor + to.Occupied.offset, 1);
    cursor += AuditAnchor.SIZE;
    applied++;
  }
  return applied;
}

function firstFree(anchors: Uint8Array): number {
  let slot = 0;
  while (slot < anchors.length && readU32(anchors, slot + to.Occupied.offset) !== 0) slot += AuditAnchor.SIZE;
  return slot;
}

function follows(ops: Uint8Array, op: number, anchors: Uint8Array, previous: number): boolean {
  return (
    equalRanges(ops, op + from.ParentRoot.offset, anchors, previous + to.CommitRoot.offset, 32) &&
    !isU64AtMost(ops, op + from.Height.offset, anchors, previous + to.Height.offset)
  );
}
