/** The arenas of a call whose arguments were checked. */
export interface EpochArenas {
  readonly desc: Uint8Array;
  readonly attestations: Uint8Array;
  readonly models: Uint8Array;
  readonly anchors: Uint8Array;
  readonly epoch: Uint8Array;
  readonly result: Uint8Array;
}

/** A table's root and how many of its slots are occupied. */
export interface TableRoot {
  readonly root: Uint8Array;
  readonly count: number;
}
