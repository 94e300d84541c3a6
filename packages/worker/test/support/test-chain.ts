import type { OperationOf } from '@aivm/core/tx';
import { createNode, embeddedHost, MemoryStore, type Node, type StaticSite } from '@aivm/node';
import { createClient, createSender, developmentAccounts, type Sender } from '@aivm/sdk';
import { createSdkNode, createSdkSender, type OperationSender, type WorkerNode } from '../../src/index.ts';

/** A real node over a store in memory, with quick blocks and short windows. */
export interface TestChain {
  readonly node: Node;
  readonly workerNode: WorkerNode;
  senderOf(account: number): OperationSender;
  requester: Sender;
  /** Submits tasks of the int8 model with small inputs. */
  submit(ids: readonly string[], more?: Partial<OperationOf<'submitTask'>>): Promise<void>;
  close(): Promise<void>;
}

export const BLOCK_TIME_MS = 20;
export const WINDOW_BLOCKS = 60;

/** How a chain differs from the quick one. */
export interface TestChainOptions {
  readonly config?: Record<string, unknown>;
  readonly params?: Record<string, unknown>;
  readonly attestation?: Record<string, unknown>;
  /** Served at /explorer; left out: none. */
  readonly explorer?: StaticSite;
  /** Default {@link BLOCK_TIME_MS}. */
  readonly blockTimeMs?: number;
  /** Whether the node signs unsigned writes. Default false. */
  readonly hasDevelopmentAccounts?: boolean;
}

export async function createTestChain(options: TestChainOptions = {}): Promise<TestChain> {
  const accounts = developmentAccounts();
  const { blockTimeMs = BLOCK_TIME_MS } = options;
  const node = await createNode({
    store: new MemoryStore(),
    genesis: {
      timestamp: Math.floor(Date.now() / 1_000),
      config: {
        challengeWindowBlocks: WINDOW_BLOCKS,
        taskTimeout: `${WINDOW_BLOCKS * blockTimeMs}ms`,
        ...options.config,
      },
      params: {
        minBlockIntervalMs: blockTimeMs,
        development: true,
        // Nobody is cut off because the others of a panel were quick.
        commitGraceBlocks: WINDOW_BLOCKS,
        ...options.params,
      },
      ...(options.attestation === undefined ? {} : { attestation: options.attestation }),
      allocations: Object.fromEntries(accounts.map(({ address }) => [address, '1000000000000000000000000'])),
    },
    host: embeddedHost({ mode: 'interval', blockTimeMs }),
    http: { port: 0, limits: { requestsPerSecond: 0 }, explorer: options.explorer },
    hasDevelopmentAccounts: options.hasDevelopmentAccounts,
  });
  const url = node.http?.url ?? '';
  const senderOf = (account: number): Sender => {
    const wallet = accounts[account];
    if (wallet === undefined) throw new RangeError(`account ${account}`);
    return createSender({ client: createClient({ url }), wallet });
  };
  const requester = senderOf(0);
  return {
    node,
    workerNode: createSdkNode(createClient({ url })),
    senderOf: (account) => createSdkSender(senderOf(account)),
    requester,
    submit: async (ids, more = {}) => {
      const submissions = ids.map((id, i) =>
        requester.send({
          kind: 'submitTask',
          id,
          taskType: 'inference',
          model: 'wdbc-int8',
          input: new Uint8Array(32).fill(i + 1),
          fee: 5_000_000n,
          maxAdmission: 0n,
          mode: 0,
          n: 0,
          maxNew: 0,
          deadlineBlocks: 0n,
          ...more,
        }),
      );
      await Promise.all(submissions);
    },
    close: () => node.close(),
  };
}

/** Every transaction of an accepted chain with what became of it. */
export function readTransactions(node: Node): { kind: string; taskId: string; code: string }[] {
  const found: { kind: string; taskId: string; code: string }[] = [];
  const { height } = node.api.lastAccepted().header;
  for (let at = 1; at <= height; at++) {
    const accepted = node.api.blocks.getBlock(at);
    accepted?.block.transactions.forEach(({ operation }, i) => {
      const taskId = 'taskId' in operation ? operation.taskId : '';
      found.push({ kind: operation.kind, taskId, code: accepted.outcomes[i]?.code ?? '?' });
    });
  }
  return found;
}

/** Resolves when `condition` holds. @throws after `timeoutMs`. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
