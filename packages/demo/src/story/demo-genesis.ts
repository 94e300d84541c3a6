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
const CHALLENGE_WINDOW_BLOCKS_MIN = 100;
/** Players share this machine: a window of very quick blocks would be over before a slow one has looked. */
const CHALLENGE_WINDOW_MS_MIN = 5_000;

/** Blocks for which an answer of the demo may be challenged. */
export const demoWindowBlocks = (blockTimeMs: number): number =>
  Math.max(CHALLENGE_WINDOW_BLOCKS_MIN, Math.ceil(CHALLENGE_WINDOW_MS_MIN / blockTimeMs));

/**
 * Genesis of the demo's chain. Bonds, fees, the challenge window and every rule are the defaults; blocks are quick, so
 * that a window passes while somebody watches, and the queue holds all rows of one requester.
 */
export const createDemoGenesis = ({ timestamp, blockTimeMs, funded }: DemoGenesisOptions): string =>
  JSON.stringify({
    version: 1,
    message: 'AIVM demo',
    timestamp,
    config: {
      challengeWindowBlocks: demoWindowBlocks(blockTimeMs),
      // The window in time: a drawn provider has as long for its answer as others have for their doubts.
      taskTimeout: `${demoWindowBlocks(blockTimeMs) * blockTimeMs}ms`,
      maxTaskQueueSize: 2_000,
    },
    params: { minBlockIntervalMs: blockTimeMs, development: true },
    allocations: Object.fromEntries(funded.map((address) => [address, FUNDS])),
  });
