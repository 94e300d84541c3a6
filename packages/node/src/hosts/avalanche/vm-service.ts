import { utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { create } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { BlockView, PluginChain } from '../plugin/plugin-chain.ts';
import { VMState } from '../vm/vm-options.ts';
import type { VM as VMService } from './generated/vm_pb.ts';

/** Members `err` of answers. */
const ERROR = { none: 0, notFound: 2, noStateSync: 3 } as const;
const NANOSECONDS_PER_MS = 1_000_000;
/** The node's states, by their number there. */
const STATES: Readonly<Record<number, number>> = {
  1: VMState.syncing,
  2: VMState.bootstrapping,
  3: VMState.ready,
};

const timestampOf = ({ timestamp }: Pick<BlockView, 'timestamp'>): Timestamp =>
  create(TimestampSchema, { seconds: BigInt(timestamp), nanos: 0 });

const lastOf = (block: BlockView) => ({
  lastAcceptedId: block.id,
  lastAcceptedParentId: block.parentId,
  height: BigInt(block.height),
  bytes: block.bytes,
  timestamp: timestampOf(block),
});

const parsedOf = (block: BlockView) => ({
  id: block.id,
  parentId: block.parentId,
  height: BigInt(block.height),
  timestamp: timestampOf(block),
  verifyWithContext: false,
});

/** What happens around the calls of a chain. */
export interface VMServiceOptions {
  readonly chain: PluginChain;
  /** `host:port` of the server that answers `http.HTTP`. */
  readonly address: () => string;
  /** The routes of HTTP. */
  readonly prefixes: () => Promise<readonly string[]>;
  /** The chain is open, or why it is not: `initialize` may be tried again then. */
  readonly onInitialized: (error: unknown) => Promise<void>;
  /** The node said Shutdown, and everything is closed. */
  readonly onShutdown: () => void;
}

/** `vm.VM` over a chain. Refusals are thrown as they are: whoever serves it makes errors of gRPC of them. */
export function createVMService(options: VMServiceOptions): ServiceImpl<typeof VMService> {
  return { ...lifeOf(options), ...blocksOf(options), ...unused };
}

function lifeOf({ chain, address, prefixes, onInitialized, onShutdown }: VMServiceOptions) {
  return {
    initialize: async (request) => {
      const { networkId, chainDataDir, genesisBytes: genesis, configBytes: config } = request;
      try {
        const last = await chain.initialize({ networkId, chainDataDir, genesis, config });
        await onInitialized(undefined);
        return lastOf(last);
      } catch (error) {
        await onInitialized(error);
        throw error;
      }
    },
    setState: async ({ state }) => {
      const known = STATES[state];
      if (known === undefined) throw new AivmError('out_of_range', `state: expected 1…3, got ${state}`);
      return lastOf(await chain.setState(known));
    },
    shutdown: async () => {
      try {
        await chain.shutdown();
      } finally {
        onShutdown();
      }
      return {};
    },
    createHandlers: async () => {
      await chain.handler();
      return { handlers: (await prefixes()).map((prefix) => ({ prefix, serverAddr: address() })) };
    },
    newHTTPHandler: async () => {
      await chain.handler();
      return { serverAddr: address() };
    },
    waitForEvent: async (_request, { signal }) => ({ message: await chain.waitForEvent({ signal }) }),
    connected: async ({ nodeId }) => {
      await chain.connected(nodeId);
      return {};
    },
    disconnected: async ({ nodeId }) => {
      await chain.disconnected(nodeId);
      return {};
    },
    health: async () => {
      const { healthy, json } = await chain.health();
      // Details alone are good news to a node.
      if (!healthy) throw new AivmError('internal', json);
      return { details: utf8ToBytes(json) };
    },
    version: async () => ({ version: chain.version() }),
  } satisfies Partial<ServiceImpl<typeof VMService>>;
}

function blocksOf({ chain }: VMServiceOptions) {
  return {
    buildBlock: async (_request, { signal }: HandlerContext) => {
      const block = await chain.build({ signal });
      return { ...parsedOf(block), bytes: block.bytes };
    },
    parseBlock: async ({ bytes }) => parsedOf(await chain.parse(bytes)),
    batchedParseBlock: async ({ request }) => {
      const response = [];
      for (const bytes of request) response.push(parsedOf(await chain.parse(bytes)));
      return { response };
    },
    getBlock: async ({ id }) => {
      const block = chain.get(id);
      if (block === undefined) return { err: ERROR.notFound, timestamp: timestampOf({ timestamp: 0 }) };
      const { parentId, height, timestamp, verifyWithContext } = parsedOf(block);
      return { parentId, height, timestamp, verifyWithContext, bytes: block.bytes, err: ERROR.none };
    },
    getAncestors: async ({ blkId, maxBlocksNum, maxBlocksSize, maxBlocksRetrivalTime }) => ({
      blksBytes: chain.ancestors(blkId, {
        count: maxBlocksNum,
        bytes: maxBlocksSize,
        timeMs: Number(maxBlocksRetrivalTime) / NANOSECONDS_PER_MS,
      }),
    }),
    getBlockIDAtHeight: async ({ height }) => {
      const blkId = chain.idAtHeight(height);
      return blkId === undefined ? { err: ERROR.notFound } : { blkId, err: ERROR.none };
    },
    setPreference: async ({ id }) => {
      await chain.setPreference(id);
      return {};
    },
    // A height of the P-chain may come with the block: nothing here depends on it.
    blockVerify: async ({ bytes }) => ({ timestamp: timestampOf(await chain.verify(bytes)) }),
    blockAccept: async ({ id }) => {
      await chain.accept(id);
      return {};
    },
    blockReject: async ({ id }) => {
      await chain.reject(id);
      return {};
    },
  } satisfies Partial<ServiceImpl<typeof VMService>>;
}

const done = async () => ({});
const noStateSync = async () => ({ err: ERROR.noStateSync });

/** What this chain has not. An error about a message of another node would end the chain: they are all taken. */
const unused = {
  appRequest: done,
  appRequestFailed: done,
  appResponse: done,
  appGossip: done,
  gather: async () => ({ metricFamilies: [] }),
  stateSyncEnabled: noStateSync,
  getOngoingSyncStateSummary: noStateSync,
  getLastStateSummary: noStateSync,
  parseStateSummary: noStateSync,
  getStateSummary: noStateSync,
  stateSummaryAccept: noStateSync,
} satisfies Partial<ServiceImpl<typeof VMService>>;
