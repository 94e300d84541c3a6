import { type Client, createClient, developmentAccounts, sleep } from '@aivm/sdk';
import { readWdbcRows } from 'aivm';
import { walletOf } from '../optimistic/start-cast.ts';
import { createDemoGenesis } from '../story/demo-genesis.ts';
import { type Audience, playAct, playOnOwnChain } from '../story/own-chain.ts';
import { checkReceipt, readTasks } from '../story/read-outcome.ts';
import { submitRows } from '../story/submit-rows.ts';
import { waitForProviders } from '../story/wait-for-providers.ts';
import { followPanels, PanelProgress } from './follow-panels.ts';
import { REDUNDANT_CAST, REDUNDANT_PROVIDERS, REDUNDANT_SEATS } from './redundant-cast.ts';
import type { RedundantOutcome } from './redundant-outcome.ts';
import { startRedundantCast } from './redundant-players.ts';

/** How the redundant demo runs. */
export interface RedundantDemoOptions {
  /** The first so many rows; all when left out. */
  readonly rowsMax?: number;
  readonly dataDirectory: string;
  readonly blockTimeMs: number;
  readonly timeoutMs: number;
}

/** Blocks for reveals: long enough that only who does not want to is late. */
const PHASE_BLOCKS = 150;
/** Blocks for commitments at most, on a busy machine; where the third comes soon, the others have {@link GRACE_BLOCKS} more. */
const COMMIT_BLOCKS = 600;
const GRACE_BLOCKS = 60;
/**
 * Tasks under way at once. Every task of the queue has its panel drawn, whoever is busy, and a member with `maxOpenSeats`
 * open seats takes no more: a requester that asks for more at once than its providers can do pays for panels that fail.
 */
const TASKS_AT_ONCE = 24;
const BATCH_SIZE = 8;
const PAUSE_MS = 200;
/** All samples wait in one queue for five honest providers, on a busy machine for more than the usual 1,000 blocks. */
const DEADLINE_BLOCKS = 10_000;

/** The demo's chain with longer phases; bonds, fees and rules are the defaults. */
function createRedundantGenesis(options: Parameters<typeof createDemoGenesis>[0]): string {
  const genesis = JSON.parse(createDemoGenesis(options)) as { config: object; params: object };
  const taskTimeout = `${COMMIT_BLOCKS * options.blockTimeMs}ms`;
  return JSON.stringify({
    ...genesis,
    config: { ...genesis.config, challengeWindowBlocks: PHASE_BLOCKS, taskTimeout },
    params: {
      ...genesis.params,
      revealBlocks: PHASE_BLOCKS,
      commitGraceBlocks: GRACE_BLOCKS,
      defaultDeadlineBlocks: DEADLINE_BLOCKS,
    },
  });
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

async function play(url: string, { rowsMax }: RedundantDemoOptions, audience: Audience): Promise<Played> {
  const openClient = (): Client => createClient({ url });
  const client = openClient();
  const rows = (await readWdbcRows()).slice(0, rowsMax);
  const bond = (await client.getConfig({ signal: audience.signal })).config.minProviderBond;
  const progress = new PanelProgress(rows.length);
  const copies = new Map<string, string>();
  const { m, n } = REDUNDANT_SEATS;
  const start = (signal: AbortSignal) =>
    startRedundantCast({
      createClient: openClient,
      bond,
      signal,
      onRefused: (taskId, code) => void copies.set(taskId, code),
    });
  return playAct(
    start,
    {
      prepare: (signal) => waitForProviders(client, REDUNDANT_PROVIDERS.length, signal),
      lines: [
        `${REDUNDANT_PROVIDERS.length} providers have bonded: five are honest, one lies, one never commits, one never reveals, one copies.`,
        `Submitting ${rows.length} real samples, each to a panel of ${n} of which ${m} must agree.`,
      ],
      progress,
      tell: async (signal) => {
        const wallet = walletOf(REDUNDANT_CAST.requester);
        const room = async (tasks: number): Promise<void> => {
          while (tasks - progress.ended > TASKS_AT_ONCE) await sleep(PAUSE_MS, signal);
        };
        const asked = { client, wallet, signal, seats: REDUNDANT_SEATS, batchSize: BATCH_SIZE, room };
        const [story] = await Promise.all([
          followPanels(client, { progress, signal }),
          submitRows(rows, asked),
        ]);
        const tasks = await readTasks(client, signal);
        return {
          rows,
          tasks,
          ...story,
          bond,
          copies,
          providers: await readStanding(client, signal),
          receipt: await checkReceipt(client, tasks, signal),
          height: (await client.getHealth({ signal })).height,
        };
      },
    },
    audience,
  );
}

/** Plays the story of panels on a chain of its own. @throws InterruptedError after Ctrl-C; AivmError `timeout`. */
export async function runRedundantDemo(
  options: RedundantDemoOptions,
  audience: Audience,
): Promise<RedundantOutcome> {
  const genesis = createRedundantGenesis({
    timestamp: Math.floor(Date.now() / 1_000),
    blockTimeMs: options.blockTimeMs,
    funded: developmentAccounts().map(({ address }) => address),
  });
  return playOnOwnChain({ ...options, genesis }, ({ url }, stage) => play(url, options, stage), audience);
}
