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
  /** Providers of which it challenges the first right answer that it sees; left out: it gives wrong answers itself. */
  readonly accuses?: readonly string[];
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
  const engine = createLyingEngine(part.lie, await openNetworkEngine(context));
  const memory = { traceMemory: 1_024, weightMemory: 1_024 };
  const networks = await openNetworks({ ...memory, cacheDir: part.cacheDir }, node, context, engine);
  const sender = createSdkSender(createSender({ client, wallet }));
  const report = (event: { readonly kind: string }): void =>
    output.json({ event: event.kind, ...event, kind: undefined });
  const backend = createNetworkBackend({ networks, nowMs: () => performance.now() });
  const parts = { node, sender, backend, networks, report };
  if (part.accuses !== undefined)
    return runWatcher({}, { ...parts, node: seeingFirstOf(part.accuses, node) }, context.signal);
  const identity = { id: part.id, wallet: wallet.addressBytes, endpoint: '', gpus: [], models: [] };
  return runProvider({ ...identity, holds: [part.model] }, parts, context.signal);
}

/** A node that shows one task alone: the first that one of these providers has answered. */
function seeingFirstOf(providers: readonly string[], node: WorkerNode): WorkerNode {
  let chosen: string | undefined;
  const isShown = (taskId: string, provider: string): boolean => {
    if (chosen === undefined && providers.includes(provider)) chosen = taskId;
    return taskId === chosen;
  };
  return {
    ...node,
    listPostedTasks: async function* (signal) {
      for await (const task of node.listPostedTasks(signal)) if (isShown(task.id, task.provider)) yield task;
    },
    events: async function* (options) {
      for await (const event of node.events(options)) {
        if (event.kind !== 'task') yield event;
        else if (
          event.settlement === 'posted' ? isShown(event.taskId, event.provider) : event.taskId === chosen
        )
          yield event;
      }
    },
  };
}
