import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createNode, DEFAULT_HTTP_LIMITS, embeddedHost, MemoryStore } from '@aivm/node';
import { developmentAccounts } from '@aivm/sdk';
import { NOW, TEST_POLICY } from '@aivm/test-authority';

// The node of the benchmark, in a process of its own: it tells for how long its thread was away at most.
const SLOW_BLOCKS_MS = 600_000;
const RESOLUTION_MS = 1;
const PROVIDERS_MAX = 10;

const node = await createNode({
  genesis: {
    version: 1,
    timestamp: NOW,
    config: { maxTasksPerProvider: PROVIDERS_MAX, maxTaskQueueSize: 2_000 },
    params: { minBlockIntervalMs: 1, development: true },
    attestation: { testRoots: TEST_POLICY.testRoots, policy: { nvidia: { requiresRim: false } } },
    allocations: Object.fromEntries(
      developmentAccounts().map(({ address }) => [address, (10n ** 26n).toString()]),
    ),
  },
  store: new MemoryStore(),
  // Blocks come with transactions alone.
  host: embeddedHost({ mode: 'instant', blockTimeMs: SLOW_BLOCKS_MS }),
  http: { port: 0, limits: { ...DEFAULT_HTTP_LIMITS, requestsPerSecond: 0 } },
  hasDevelopmentAccounts: true,
});

const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();

process.on('message', (message) => {
  process.send?.({ longestMs: Math.max(0, delays.max / 1e6 - RESOLUTION_MS) });
  if (message === 'begin') delays.reset();
});
process.send?.({ url: node.http?.url });
