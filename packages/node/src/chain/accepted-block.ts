import type { StatelessBlock } from '@aivm/core/block';
import type { Outcome, ProtocolEvent } from '@aivm/core/execute';

/** An accepted block with what executing it gave. */
export interface AcceptedBlock {
  readonly block: StatelessBlock;
  readonly outcomes: readonly Outcome[];
  /** Human detail of refused transactions, by index; empty text where there is none. */
  readonly details: readonly string[];
  readonly events: readonly ProtocolEvent[];
}
