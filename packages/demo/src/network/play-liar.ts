import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import {
  createNetworkBackend,
  createSdkNode,
  createSdkSender,
  runProvider,
  runWatcher,
  type WorkerNode,
} from '@aivm/worker';
import { type CliContext, openNetworkEngine, openNetworks, outputFor } from 'aivm';
import { createLyingEngine, type LieKind } from './lying-engine.ts';

/** A liar in a process of its own: the shipping worker on an engine that makes mistakes. */
export interface LiarPart {
  readonly lie: LieKind;
  /** Whether it challenges honest answers, and does not give wrong ones. */
  readonly challenges: boolean;
  /** The one task whose answer it challenges, if it does. */
  readonly accused?: string;
  readonly id: string;
  readonly account: number;
  readonly model: string;
  readonly url: string;
  readonly cacheDir: string;
}

/** Plays a liar until the process is told to end. */
export async function playLiar(part: LiarPart, context: CliContext): Promise<void> {
  const output = outputFor(context, { json: true });
  const client = createClient({ url: part.url });
  const wallet = developmentAccounts()[part.account]!;
  const node = createSdkNode(client);
  const engine = createLyingEngine(part.lie, await openNetworkEngine());
  const memory = { traceMemory: 1_024, weightMemory: 1_024 };
  const networks = await openNetworks({ ...memory, cacheDir: part.cacheDir }, node, context, engine);
  const sender = createSdkSender(createSender({ client, wallet }));
  const report = (event: { readonly kind: string }): void =>
    output.json({ event: event.kind, ...event, kind: undefined });
  const backend = createNetworkBackend({ networks, nowMs: () => performance.now() });
  const parts = { node, sender, backend, networks, report };
  if (part.challenges)
    return runWatcher({}, { ...parts, node: seeingOnly(part.accused ?? '', node) }, context.signal);
  const identity = { id: part.id, wallet: wallet.addressBytes, endpoint: '', gpus: [], models: [] };
  return runProvider({ ...identity, holds: [part.model] }, parts, context.signal);
}

/** A node that shows the results of one task alone. */
const seeingOnly = (taskId: string, node: WorkerNode): WorkerNode => ({
  ...node,
  listPostedTasks: async function* (signal) {
    for await (const task of node.listPostedTasks(signal)) if (task.id === taskId) yield task;
  },
  events: async function* (options) {
    for await (const event of node.events(options))
      if (event.kind !== 'task' || event.taskId === taskId) yield event;
  },
});
