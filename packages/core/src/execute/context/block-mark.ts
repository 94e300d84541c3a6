import type { BlockContext } from './block-context.ts';

/** How far a block was at some moment. */
export interface BlockMark {
  readonly state: number;
  readonly events: number;
  readonly receipts: number;
  readonly receiptNodes: number;
  readonly proofs: number;
  readonly disputeRooms: number;
}

export const markBlock = (context: BlockContext): BlockMark => ({
  state: context.state.mark(),
  events: context.events.length,
  receipts: context.receipts.length,
  receiptNodes: context.receiptNodes.length,
  proofs: context.proofs.length,
  disputeRooms: context.disputeRooms.length,
});

/** Undoes everything since `mark`. */
export function revertBlock(context: BlockContext, mark: BlockMark): void {
  context.state.revert(mark.state);
  context.events.length = mark.events;
  context.receipts.length = mark.receipts;
  context.receiptNodes.length = mark.receiptNodes;
  context.proofs.length = mark.proofs;
  context.disputeRooms.length = mark.disputeRooms;
}
