/** A challenge that meets every condition, before its dispute is opened. */
export interface OpenedChallenge {
  readonly challenger: Uint8Array;
  /** The output that the challenger claims to be right. */
  readonly output: Uint8Array;
  readonly bond: bigint;
}
