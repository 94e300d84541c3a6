import { createClient, developmentAccounts } from '@aivm/sdk';
import { readWdbcRows } from 'aivm';
import { CAST } from '../story/cast.ts';
import { createDemoGenesis, demoWindowBlocks } from '../story/demo-genesis.ts';
import type { DemoOutcome } from '../story/demo-outcome.ts';
import { createDemoProgress } from '../story/demo-progress.ts';
import { type Audience, playAct, playOnOwnChain } from '../story/own-chain.ts';
import { checkReceipt, readTasks } from '../story/read-outcome.ts';
import type { StoryHost } from '../story/story-chain.ts';
import { submitRows } from '../story/submit-rows.ts';
import { waitForProviders } from '../story/wait-for-providers.ts';
import { followTasks } from './follow-tasks.ts';
import { startCast, walletOf } from './start-cast.ts';

/** How the demo runs. */
export interface DemoOptions {
  /** The first so many rows; all when left out. */
  readonly rowsMax?: number;
  readonly watches: boolean;
  /** Kept; a temporary directory is not. */
  readonly dataDirectory: string;
  readonly blockTimeMs: number;
  readonly timeoutMs: number;
  /** Who orders the blocks. Default: embedded. */
  readonly host?: StoryHost | undefined;
}

/** What the demo's length follows from, so that nobody takes it for the speed of the machine alone. */
function lengthLine(blockTimeMs: number): string {
  const blocks = demoWindowBlocks(blockTimeMs);
  return (
    `An answer becomes final ${blocks} blocks of at least ${blockTimeMs} ms after it was given (--block-time),` +
    ` so the story takes ${((blocks * blockTimeMs) / 1_000).toFixed(1)} s or more; the rest is up to this machine.`
  );
}

async function play(
  urls: readonly string[],
  { rowsMax, watches, blockTimeMs }: DemoOptions,
  audience: Audience,
): Promise<Omit<DemoOutcome, 'supply' | 'elapsedMs'>> {
  // Everybody talks to a node of its own, as far as there are that many.
  let opened = 0;
  const openClient = () => createClient({ url: urls[opened++ % urls.length] ?? '' });
  const client = openClient();
  const rows = (await readWdbcRows()).slice(0, rowsMax);
  const progress = createDemoProgress(rows.length);
  let liesFound = 0;
  const start = (signal: AbortSignal) =>
    startCast({
      createClient: openClient,
      watches,
      signal,
      onWatcherEvent: (event) => {
        if (event.kind !== 'mismatch') return;
        liesFound += 1;
        progress.addMismatch();
      },
    });
  return playAct(
    start,
    {
      prepare: (signal) => waitForProviders(client, CAST.honest.length + 1, signal),
      lines: [
        `${CAST.honest.length + 1} providers have bonded, one of them lies. Submitting ${rows.length} real samples.`,
        lengthLine(blockTimeMs),
      ],
      progress,
      tell: async (signal) => {
        const [convictions] = await Promise.all([
          followTasks(client, { total: rows.length, progress, signal }),
          submitRows(rows, { client, wallet: walletOf(CAST.requester), signal }),
        ]);
        const tasks = await readTasks(client, signal);
        return {
          rows,
          tasks,
          convictions,
          liesFound,
          receipt: await checkReceipt(client, tasks, signal),
          height: (await client.getHealth({ signal })).height,
        };
      },
    },
    audience,
  );
}

/** Plays the whole story on a chain of its own. @throws InterruptedError after Ctrl-C; AivmError `timeout`. */
export async function runDemo(options: DemoOptions, audience: Audience): Promise<DemoOutcome> {
  const genesis = createDemoGenesis({
    timestamp: Math.floor(Date.now() / 1_000),
    blockTimeMs: options.blockTimeMs,
    funded: developmentAccounts().map(({ address }) => address),
  });
  return playOnOwnChain({ ...options, genesis }, ({ urls }, stage) => play(urls, options, stage), audience);
}
