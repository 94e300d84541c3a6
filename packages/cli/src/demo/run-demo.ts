import { setMaxListeners } from 'node:events';
import { AivmError } from '@aivm/core';
import { verifyDataDirectory } from '@aivm/node';
import { type Client, createClient, developmentAccounts } from '@aivm/sdk';
import { InterruptedError, throwIfInterrupted } from '../cli-context.ts';
import { type RunningNode, startNode } from '../node/start-node.ts';
import type { Output } from '../output.ts';
import { readWdbcRows } from '../wdbc-data.ts';
import { CAST } from './cast.ts';
import { createDemoGenesis } from './demo-genesis.ts';
import type { DemoOutcome } from './demo-outcome.ts';
import { createDemoProgress, type DemoProgress } from './demo-progress.ts';
import { followTasks } from './follow-tasks.ts';
import { checkReceipt, readTasks } from './read-outcome.ts';
import { startCast, waitForProviders, walletOf } from './start-cast.ts';
import { submitRows } from './submit-rows.ts';

/** How the demo runs. */
export interface DemoOptions {
  /** The first so many rows; all when left out. */
  readonly rowsMax?: number;
  readonly watches: boolean;
  /** Kept; a temporary directory is not. */
  readonly dataDirectory: string;
  readonly blockTimeMs: number;
  readonly timeoutMs: number;
}

const DRAW_EVERY_MS = { terminal: 100, elsewhere: 1_000 } as const;

/** Draws the progress until the answer is called. */
export function startDisplay(progress: DemoProgress, output: Output): () => void {
  const startedAt = performance.now();
  const draw = () => output.redraw(progress.lines(performance.now() - startedAt));
  const timer = setInterval(draw, output.isTerminal ? DRAW_EVERY_MS.terminal : DRAW_EVERY_MS.elsewhere);
  return () => {
    clearInterval(timer);
    draw();
    output.endRedraw();
  };
}

/** What stops the demo: Ctrl-C, or its own time. */
export function asInterruption(error: unknown, interrupted: AbortSignal, timeout: AbortSignal): unknown {
  if (interrupted.aborted) return new InterruptedError('interrupted');
  if (timeout.aborted)
    return new AivmError('timeout', 'the demo did not come to its end in time', { cause: error });
  return error;
}

async function play(
  node: RunningNode,
  options: DemoOptions,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<Omit<DemoOutcome, 'supply' | 'elapsedMs'>> {
  const openClient = (): Client => createClient({ url: node.url });
  const client = openClient();
  const rows = (await readWdbcRows()).slice(0, options.rowsMax);
  const progress = createDemoProgress(rows.length);
  let liesFound = 0;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, either);
  const cast = startCast({
    createClient: openClient,
    watches: options.watches,
    signal: either,
    onWatcherEvent: (event) => {
      if (event.kind !== 'mismatch') return;
      liesFound += 1;
      progress.addMismatch();
    },
  });
  // Somebody honest that fails ends the demo, whatever it waits for.
  const failed = cast.ended.then(() => new Promise<never>(() => {}));
  try {
    await Promise.race([waitForProviders(client, either), failed]);
    output.line(
      `${CAST.honest.length + 1} providers have bonded, one of them lies. Submitting ${rows.length} real samples.`,
    );
    const stopDisplay = startDisplay(progress, output);
    try {
      const following = followTasks(client, { total: rows.length, progress, signal: either });
      const submitting = submitRows(rows, { client, wallet: walletOf(CAST.requester), signal: either });
      const [convictions] = await Promise.race([Promise.all([following, submitting]), failed]);
      const tasks = await readTasks(client, either);
      return {
        rows,
        tasks,
        convictions,
        liesFound,
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

/** Plays the whole story on a chain of its own. @throws InterruptedError after Ctrl-C; AivmError `timeout`. */
export async function runDemo(
  options: DemoOptions,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<DemoOutcome> {
  throwIfInterrupted(signal);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const genesis = createDemoGenesis({
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
    throw asInterruption(error, signal, timeout);
  } finally {
    await node.stop();
  }
}
