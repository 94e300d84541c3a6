import { setMaxListeners } from 'node:events';
import { AivmError } from '@aivm/core';
import { verifyDataDirectory } from '@aivm/node';
import { type Client, createClient, developmentAccounts } from '@aivm/sdk';
import { InterruptedError, throwIfInterrupted } from '../cli-context.ts';
import { type RunningNode, startNode } from '../node/start-node.ts';
import type { Output } from '../output.ts';
import { readWdbcRows } from '../wdbc-data.ts';
import { createDemoGenesis } from './demo-genesis.ts';
import { followPanels, PanelProgress } from './follow-panels.ts';
import { checkReceipt, readTasks } from './read-outcome.ts';
import { REDUNDANT_CAST, REDUNDANT_PROVIDERS, REDUNDANT_SEATS } from './redundant-cast.ts';
import type { RedundantOutcome } from './redundant-outcome.ts';
import { startRedundantCast, waitForAllProviders } from './redundant-players.ts';
import { walletOf } from './start-cast.ts';
import { submitRows } from './submit-rows.ts';

/** How the redundant demo runs. */
export interface RedundantDemoOptions {
  /** The first so many rows; all when left out. */
  readonly rowsMax?: number;
  readonly dataDirectory: string;
  readonly blockTimeMs: number;
  readonly timeoutMs: number;
}

const DRAW_EVERY_MS = { terminal: 100, elsewhere: 1_000 } as const;
/** Blocks for commitments and for reveals: long enough that only who does not want to is late. */
const PHASE_BLOCKS = 150;

/** The demo's chain with longer phases; bonds, fees and rules are the defaults. */
function createRedundantGenesis(options: Parameters<typeof createDemoGenesis>[0]): string {
  const genesis = JSON.parse(createDemoGenesis(options)) as { config: object; params: object };
  const taskTimeout = `${PHASE_BLOCKS * options.blockTimeMs}ms`;
  return JSON.stringify({
    ...genesis,
    config: { ...genesis.config, challengeWindowBlocks: PHASE_BLOCKS, taskTimeout },
    params: { ...genesis.params, revealBlocks: PHASE_BLOCKS },
  });
}

function startDisplay(progress: PanelProgress, output: Output): () => void {
  const startedAt = performance.now();
  const draw = () => output.redraw(progress.lines(performance.now() - startedAt));
  const timer = setInterval(draw, output.isTerminal ? DRAW_EVERY_MS.terminal : DRAW_EVERY_MS.elsewhere);
  return () => {
    clearInterval(timer);
    draw();
    output.endRedraw();
  };
}

type Played = Omit<RedundantOutcome, 'supply' | 'elapsedMs'>;

async function readStanding(client: Client, signal: AbortSignal): Promise<RedundantOutcome['providers']> {
  const providers = await client.getProviders({ signal });
  return providers.map(({ id, state, bond, reserved, reputation }) => ({
    id,
    state,
    bond,
    reserved,
    reputation,
  }));
}

async function play(
  node: RunningNode,
  options: RedundantDemoOptions,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<Played> {
  const openClient = (): Client => createClient({ url: node.url });
  const client = openClient();
  const rows = (await readWdbcRows()).slice(0, options.rowsMax);
  const bond = (await client.getConfig({ signal })).config.minProviderBond;
  const progress = new PanelProgress(rows.length);
  const copies = new Map<string, string>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, either);
  const cast = startRedundantCast({
    createClient: openClient,
    bond,
    signal: either,
    onRefused: (taskId, code) => void copies.set(taskId, code),
  });
  const failed = cast.ended.then(() => new Promise<never>(() => {}));
  try {
    await Promise.race([waitForAllProviders(client, either), failed]);
    const { m, n } = REDUNDANT_SEATS;
    output.line(
      `${REDUNDANT_PROVIDERS.length} providers have bonded: five are honest, one lies, one never commits, one never reveals, one copies.`,
    );
    output.line(`Submitting ${rows.length} real samples, each to a panel of ${n} of which ${m} must agree.`);
    const stopDisplay = startDisplay(progress, output);
    try {
      const following = followPanels(client, { progress, signal: either });
      const wallet = walletOf(REDUNDANT_CAST.requester);
      const submitting = submitRows(rows, { client, wallet, signal: either, seats: REDUNDANT_SEATS });
      const [story] = await Promise.race([Promise.all([following, submitting]), failed]);
      const tasks = await readTasks(client, either);
      return {
        rows,
        tasks,
        ...story,
        bond,
        copies,
        providers: await readStanding(client, either),
        receipt: await checkReceipt(client, tasks, either),
        height: (await client.getHealth({ signal: either })).height,
      };
    } finally {
      stopDisplay();
    }
  } finally {
    stop.abort();
    await cast.ended.catch(() => undefined);
  }
}

/** Plays the story of panels on a chain of its own. @throws InterruptedError after Ctrl-C; AivmError `timeout`. */
export async function runRedundantDemo(
  options: RedundantDemoOptions,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<RedundantOutcome> {
  throwIfInterrupted(signal);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const genesis = createRedundantGenesis({
    timestamp: Math.floor(Date.now() / 1_000),
    blockTimeMs: options.blockTimeMs,
    funded: developmentAccounts().map(({ address }) => address),
  });
  const node = await startNode({
    genesis,
    dataDirectory: options.dataDirectory,
    port: 0,
    host: { mode: 'interval', blockTimeMs: options.blockTimeMs },
    isDevelopment: false,
    isUnlimited: true,
  });
  output.line(`Node at ${node.url}, chain in ${options.dataDirectory}`);
  const startedAt = performance.now();
  try {
    const played = await play(node, options, { output, signal: AbortSignal.any([signal, timeout]) });
    const elapsedMs = Math.round(performance.now() - startedAt);
    await node.stop();
    output.line(
      `Replaying ${played.height} blocks from genesis, comparing every root and adding up all money …`,
    );
    const { supply } = await verifyDataDirectory({ dataDir: options.dataDirectory, genesis, signal });
    return { ...played, supply, elapsedMs };
  } catch (error) {
    if (signal.aborted) throw new InterruptedError('interrupted');
    if (!timeout.aborted) throw error;
    throw new AivmError('timeout', 'the demo did not come to its end in time', { cause: error });
  } finally {
    await node.stop();
  }
}
