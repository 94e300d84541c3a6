/** What a seat says, and how long it took. */
export interface SeatAnswer {
  /** One of core's `Vote`. */
  readonly vote: number;
  /** Empty for an error. */
  readonly output: Uint8Array;
  /** Whole milliseconds of computing; 0 for an error. */
  readonly computeTimeMs: number;
}
