import { genesisModels, runInt8Kernel } from '@aivm/core/execute';
import type { SubmitTaskRequest } from '@aivm/sdk';
import { createHttpApp } from '../../packages/node/src/http/create-http-app.ts';
import { createDevelopmentSigner } from '../../packages/node/src/http/development-signer.ts';
import { createTestNode, type TestNode } from '../../packages/node/test/http/test-node.ts';

/** The HTTP layer of a node that signs for nobody, over a chain with a provider, tasks and a receipt; no sockets. */
export interface HttpWorld {
  readonly app: ReturnType<typeof createHttpApp>;
  readonly node: TestNode;
  /** What the layer logged as a bug since it was asked last. */
  takeBugs(): readonly unknown[];
  close(): Promise<void>;
}

const ROW = Uint8Array.from({ length: 32 }, (_, i) => (i * 37) & 255);

const taskOf = (id: string, model: string, input: SubmitTaskRequest['input']): SubmitTaskRequest => ({
  id,
  type: 'inference',
  model,
  input,
  fee: 10_000_000n,
  mode: 0,
  deadline_blocks: 0n,
});

/** Kernel 5's answer to {@link ROW}. */
function answerOfRow(): readonly number[] {
  const model = genesisModels().find(({ id }) => id === 'wdbc-int8');
  if (model === undefined) throw new Error('no such genesis model');
  return [...Int8Array.from(runInt8Kernel(model.weights, ROW))];
}

export async function openHttpWorld(): Promise<HttpWorld> {
  const node = await createTestNode({
    config: { challengeWindowBlocks: 5, epochDuration: '1m', merkleAnchorFreq: 4 },
  });
  const signer = createDevelopmentSigner({ node });
  await signer.registerProvider({ id: 'p-1', wallet_address: '', endpoint: 'http://127.0.0.1:9000' });
  await signer.submitTask(taskOf('t-1', 'wdbc-int8', [...Int8Array.from(ROW)]));
  await node.mine();
  await signer.submitResult({
    task_id: 't-1',
    provider_id: 'p-1',
    output: answerOfRow(),
    compute_time_ms: 12n,
    proof: Uint8Array.of(1, 2, 3),
    error: '',
  });
  await node.mine(6);
  await signer.submitTask(taskOf('t-2', 'qwen3-8b', { a: 1 }));
  await node.mine();
  // What is posted from here on waits in the pool: every case meets the same chain.
  node.isAutomatic = false;
  let bugs: unknown[] = [];
  const ignore = (): void => undefined;
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: ({ err }: Readonly<Record<string, unknown>>) => void bugs.push(err),
  };
  return {
    app: createHttpApp({ node, log, limits: { requestsPerSecond: 0 } }),
    node,
    takeBugs: () => {
      const taken = bugs;
      bugs = [];
      return taken;
    },
    close: () => node.stop(),
  };
}
