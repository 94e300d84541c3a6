import type { StatelessBlock } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import { buildBlock, type Genesis, parseGenesis } from '@aivm/core/execute';
import { type LocalNode, MemoryStore, openNode } from '@aivm/node';
import { developmentAccounts } from '@aivm/sdk';

/** What a test does to its node. */
export interface TestControls {
  /** Makes `count` blocks now, each `seconds` after the last. */
  mine(count?: number, seconds?: number): Promise<void>;
  /** Whether transactions make a block at once. Default true. */
  isAutomatic: boolean;
  isHealthy: boolean;
  stop(): Promise<void>;
}

/** A real node over a store in memory, whose blocks and whose time the test makes. */
export type TestNode = LocalNode & TestControls;

const GENESIS_TIMESTAMP = 1_700_000_000;

/** The genesis of a development chain with funded development accounts. */
export const developmentGenesis = (overrides: Record<string, unknown> = {}): Genesis =>
  parseGenesis({
    version: 1,
    message: 'test',
    timestamp: GENESIS_TIMESTAMP,
    chainId: 1337,
    params: { development: true },
    allocations: Object.fromEntries(developmentAccounts().map(({ address }) => [address, 10n ** 24n])),
    ...overrides,
  });

export async function createTestNode(overrides: Record<string, unknown> = {}): Promise<TestNode> {
  const stopping = new AbortController();
  const controls: TestControls = {
    isAutomatic: true,
    isHealthy: true,
    mine: async () => undefined,
    stop: async () => undefined,
  };
  const { node: opened } = await openNode({
    store: new MemoryStore(),
    genesis: developmentGenesis(overrides),
  });
  const node: TestNode = Object.assign(opened, controls);
  node.addHealthPart(() => ({ healthy: node.isHealthy, details: { host: 'test' } }));
  let last: Promise<void> = Promise.resolve();
  /** Builders make no block without work; a test may want time to pass all the same. */
  const nextBlock = (seconds: number): StatelessBlock => {
    const parent = { ...node.lastAccepted(), state: node.state() };
    const timestamp = parent.header.timestamp + seconds;
    const { transactions, timers } = node.port.work();
    if (transactions || timers) return node.port.propose(timestamp);
    return node.port.parseBlock(buildBlock({ parent, timestamp, candidates: [] }).block.bytes);
  };
  const makeBlock = async (seconds: number): Promise<void> => {
    const block = nextBlock(seconds);
    node.port.verify(block);
    await node.port.accept(block.id);
  };
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const done = last.then(run);
    last = done.catch(() => undefined);
    return done;
  };
  node.mine = (count = 1, seconds = 1) =>
    inTurn(async () => {
      for (let i = 0; i < count; i++) await makeBlock(seconds);
    });
  const produce = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await node.port.waitForWork({ kind: 'transactions', signal: stopping.signal });
      if (node.isAutomatic)
        await inTurn(() => (node.port.work().transactions ? makeBlock(1) : Promise.resolve()));
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const running = produce().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  node.stop = async () => {
    stopping.abort();
    await running;
    await node.close(new AivmError('not_initialized', 'the test is over'));
  };
  return node;
}
