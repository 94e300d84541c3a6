import { assert } from '../../errors/aivm-error.ts';
import { createKernelArena } from '../../kernels/backend.ts';
import { AuditAnchor } from '../../layout/audit-anchor.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain } from '../../state/read.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';
import { KernelTable } from './kernel-ops.ts';

const PAGE_SLOTS = 64;
const PAGE_BYTES = PAGE_SLOTS * AuditAnchor.SIZE;

const pageKey = (page: number): Uint8Array => stateKeys.tablePage(KernelTable.anchor, page);

/** The anchors of the open epoch, in one piece: the last one of those before it first, so that they extend something. */
export function loadAnchors({ state, kernels }: BlockContext): Uint8Array {
  const { anchorSlots } = readChain(state);
  const arena = createKernelArena(kernels, anchorSlots * AuditAnchor.SIZE);
  for (let page = 0; page * PAGE_SLOTS < anchorSlots; page++) {
    const bytes = state.get(pageKey(page));
    assert(bytes !== undefined, 'a page of anchors is missing');
    arena.set(bytes, page * PAGE_BYTES);
  }
  return arena;
}

/** Puts `anchors` behind the slots that there are: as many bytes of pages as they have, and one page more. */
function appendAnchors(context: BlockContext, anchors: Uint8Array): void {
  const { state } = context;
  const { anchorSlots } = readChain(state);
  const end = anchorSlots * AuditAnchor.SIZE + anchors.length;
  for (let page = Math.floor(anchorSlots / PAGE_SLOTS); page * PAGE_BYTES < end; page++) {
    const bytes = new Uint8Array(Math.min(PAGE_BYTES, end - page * PAGE_BYTES));
    const before = state.get(pageKey(page)) ?? new Uint8Array();
    bytes.set(before);
    const from = page * PAGE_BYTES + before.length - anchorSlots * AuditAnchor.SIZE;
    bytes.set(anchors.subarray(from, from + bytes.length - before.length), before.length);
    state.set(pageKey(page), bytes);
  }
  updateChain(context, () => ({ anchorSlots: anchorSlots + anchors.length / AuditAnchor.SIZE }));
}

/** Applies anchors: each extends the last one. Cost: proportional to how many there are, whatever the epoch has. */
export function applyAnchors(context: BlockContext, desc: Uint8Array, ops: Uint8Array, count: number): void {
  const { state, kernels } = context;
  const last = state.get(stateKeys.lastAnchor());
  const held = last === undefined ? 0 : AuditAnchor.SIZE;
  const arena = createKernelArena(kernels, held + count * AuditAnchor.SIZE);
  if (last !== undefined) arena.set(last, 0);
  const applied = kernels.anchorApply(desc, ops, arena);
  assert(applied === count, 'an anchor does not extend the last one');
  appendAnchors(context, arena.slice(held));
  state.set(stateKeys.lastAnchor(), arena.slice(-AuditAnchor.SIZE));
}

/** The table of the epoch that opens: the last anchor alone. */
export function beginAnchors(context: BlockContext): void {
  const { state } = context;
  const { anchorSlots } = readChain(state);
  for (let page = 0; page * PAGE_SLOTS < anchorSlots; page++) state.delete(pageKey(page));
  updateChain(context, () => ({ anchorSlots: 0 }));
  const last = state.get(stateKeys.lastAnchor());
  if (last !== undefined) appendAnchors(context, last);
}
