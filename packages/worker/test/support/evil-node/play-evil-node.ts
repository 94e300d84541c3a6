import { bytesToHex } from '@aivm/core/bytes';
import { ProviderStatus, readAccount, readProvider, readTask } from '@aivm/core/state';
import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import {
  type ComputeBackend,
  createInt8Backend,
  createSdkNode,
  createSdkSender,
  runProvider,
  runWatcher,
} from '../../../src/index.ts';
import { createTestChain, type TestChain, until } from '../test-chain.ts';
import { createEvilNode, type EvilNode } from './evil-fetch.ts';
import { createSignatureLog, type SignatureLog } from './signature-log.ts';

/** How long a world with a lying node is played. */
export interface EvilPlay {
  readonly seed: number;
  /** The play ends once so many answers were changed. */
  readonly changes: number;
  readonly oneIn: number;
  readonly timeoutMs: number;
}

/** What came of it; every list is empty where workers hold what they promise. */
export interface EvilOutcome {
  readonly changes: number;
  readonly byRoute: Readonly<Record<string, number>>;
  /** Workers that ended. */
  readonly ended: readonly string[];
  /** Honest workers that have less than they had, but for the fees of their own operations. */
  readonly losses: readonly string[];
  /** Operations about a task that took effect twice or were signed twice, and challenges that were lost. */
  readonly faults: readonly string[];
  /** Signatures that the workers made through the lying node. */
  readonly signatures: number;
  readonly tasks: number;
  readonly lies: number;
}

/** Operators of honest providers; the last one is the watcher. */
const PROVIDERS = [1, 2, 3, 4, 5] as const;
const WATCHER = 6;
const LIAR = 7;
const BATCH = 4;

const honest = createInt8Backend({ nowMs: () => performance.now() });
const dishonest: ComputeBackend = {
  ...honest,
  run: async (job, options) => {
    const { output, computeTimeMs } = await honest.run(job, options);
    return { output: output.map((byte) => byte ^ 0xff), computeTimeMs };
  },
};

interface World {
  readonly chain: TestChain;
  readonly evil: EvilNode;
  readonly signatures: SignatureLog;
  readonly stop: AbortController;
  readonly ended: string[];
}

const walletOf = (account: number) => {
  const wallet = developmentAccounts()[account];
  if (wallet === undefined) throw new RangeError(`account ${account}`);
  return wallet;
};

function startWorkers({ chain, evil, signatures, stop, ended }: World): void {
  const url = chain.node.http?.url ?? '';
  const worker = (account: number, isHonestNode: boolean) => {
    const client = createClient(isHonestNode ? { url } : { url, fetch: evil.fetch });
    const wallet = isHonestNode ? walletOf(account) : signatures.watch(walletOf(account));
    return { node: createSdkNode(client), sender: createSdkSender(createSender({ client, wallet })) };
  };
  const note = (name: string) => (error: unknown) => void ended.push(`${name}: ${String(error)}`);
  const provide = (account: number, backend: ComputeBackend, isHonestNode: boolean) => {
    const wallet = walletOf(account).addressBytes;
    const identity = { id: `p-${account}`, wallet, endpoint: '', gpus: [], models: [], pollMs: 250 };
    const run = runProvider(identity, { ...worker(account, isHonestNode), backend }, stop.signal);
    run.catch(account === LIAR ? () => undefined : note(identity.id));
  };
  for (const account of PROVIDERS) provide(account, honest, false);
  provide(LIAR, dishonest, true);
  runWatcher({ pollMs: 250 }, { ...worker(WATCHER, false), backend: honest }, stop.signal).catch(
    note('watcher'),
  );
}

/** What each honest worker must still have: all that it began with but the fees of its own operations. */
function lossesOf({ chain }: World, before: ReadonlyMap<number, bigint>): string[] {
  const state = chain.node.api.state();
  const burned = new Map<string, bigint>();
  const { height } = chain.node.api.lastAccepted().header;
  for (let at = 1; at <= height; at++) {
    const accepted = chain.node.api.blocks.getBlock(at);
    accepted?.block.transactions.forEach(({ sender }, i) => {
      const key = bytesToHex(sender);
      burned.set(key, (burned.get(key) ?? 0n) + (accepted.outcomes[i]?.burned ?? 0n));
    });
  }
  return [...PROVIDERS, WATCHER].flatMap((account) => {
    const { addressBytes } = walletOf(account);
    const provider = account === WATCHER ? undefined : readProvider(state, `p-${account}`);
    const has = readAccount(state, addressBytes).balance + (provider?.bond ?? 0n);
    const owed = (before.get(account) ?? 0n) - (burned.get(bytesToHex(addressBytes)) ?? 0n);
    const isPunished = provider !== undefined && provider.status !== ProviderStatus.active;
    return has < owed || isPunished ? [`account ${account}: has ${has}, had ${owed} without fees`] : [];
  });
}

/** Operations of honest workers that took effect twice, or were lost. */
function faultsOf({ chain }: World): string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  const watcher = bytesToHex(walletOf(WATCHER).addressBytes);
  const { height } = chain.node.api.lastAccepted().header;
  for (let at = 1; at <= height; at++) {
    const accepted = chain.node.api.blocks.getBlock(at);
    if (accepted === undefined) continue;
    accepted.block.transactions.forEach(({ sender, operation }, i) => {
      if (!('taskId' in operation) || accepted.outcomes[i]?.code !== '') return;
      const key = `${operation.kind} of ${operation.taskId} by ${bytesToHex(sender)}`;
      if (done.has(key)) faults.push(`twice: ${key}`);
      done.add(key);
    });
    for (const event of accepted.events) {
      if (event.kind === 'challenge' && bytesToHex(event.challenger) === watcher && !event.upheld)
        faults.push(`lost challenge of ${event.taskId}`);
    }
  }
  return faults;
}

/** Five honest providers and a watcher work through a node that lies, until it has lied so often; then all is counted. */
export async function playEvilNode({ seed, changes, oneIn, timeoutMs }: EvilPlay): Promise<EvilOutcome> {
  const chain = await createTestChain({
    config: { taskTimeout: '60s', challengeWindowBlocks: 400 },
    // A node can always keep its worker from committing in time; what is played here is what it can say.
    params: { revealBlocks: 3_000, commitGraceBlocks: 3_000 },
  });
  const world: World = {
    chain,
    evil: createEvilNode({ seed, oneIn }),
    signatures: createSignatureLog(),
    stop: new AbortController(),
    ended: [],
  };
  const { evil, signatures, stop, ended } = world;
  const state = () => chain.node.api.state();
  const before = new Map(
    [...PROVIDERS, WATCHER].map((account) => [
      account,
      readAccount(state(), walletOf(account).addressBytes).balance,
    ]),
  );
  const ids: string[] = [];
  try {
    startWorkers(world);
    await until(() => PROVIDERS.every((one) => readProvider(state(), `p-${one}`) !== undefined), timeoutMs);
    evil.begin();
    const endsAt = Date.now() + timeoutMs;
    while (evil.count < changes && Date.now() < endsAt && ended.length === 0) {
      const batch = Array.from({ length: BATCH }, (_, i) => `t-${ids.length + i}`);
      ids.push(...batch);
      const [panel, ...single] = batch;
      await chain.submit(single);
      await chain.submit([panel as string], { mode: 1, n: 5 });
      await until(() => evil.count >= changes || batch.every((id) => hasAnswer(id)), timeoutMs);
    }
    evil.reform();
    const hasEnded = (id: string) => (readTask(state(), id)?.endedAtHeight ?? 0) > 0;
    await until(() => ended.length > 0 || ids.every(hasEnded), timeoutMs);
    return {
      changes: evil.count,
      byRoute: Object.fromEntries([...evil.changes].sort()),
      ended: [...ended],
      losses: lossesOf(world, before),
      faults: [...faultsOf(world), ...signatures.faults()],
      signatures: signatures.count,
      tasks: ids.length,
      lies: readProvider(state(), `p-${LIAR}`)?.status === ProviderStatus.slashed ? 1 : 0,
    };
  } finally {
    stop.abort();
    await chain.close();
  }

  function hasAnswer(id: string): boolean {
    const task = readTask(state(), id);
    return task !== undefined && (task.finalAtHeight > 0 || task.endedAtHeight > 0);
  }
}
