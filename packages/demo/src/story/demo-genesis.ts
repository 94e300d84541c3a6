/** How the demo's chain differs from the defaults. */
export interface DemoGenesisOptions {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** Least distance of two blocks. */
  readonly blockTimeMs: number;
  /** Addresses (0x-hex) that start with money. */
  readonly funded: readonly string[];
}

const FUNDS = '1000000000000000000000000';
const CHALLENGE_WINDOW_BLOCKS = 100;

/**
 * Genesis of the demo's chain. Bonds, fees, the challenge window and every rule are the defaults; blocks are quick, so
 * that a window of 100 of them passes while somebody watches, and the queue holds all rows of one requester.
 */
export const createDemoGenesis = ({ timestamp, blockTimeMs, funded }: DemoGenesisOptions): string =>
  JSON.stringify({
    version: 1,
    message: 'AIVM demo',
    timestamp,
    config: {
      challengeWindowBlocks: CHALLENGE_WINDOW_BLOCKS,
      // The window in time: a drawn provider has as long for its answer as others have for their doubts.
      taskTimeout: `${CHALLENGE_WINDOW_BLOCKS * blockTimeMs}ms`,
      maxTaskQueueSize: 2_000,
    },
    params: { minBlockIntervalMs: blockTimeMs, development: true },
    allocations: Object.fromEntries(funded.map((address) => [address, FUNDS])),
  });
