import { setMaxListeners } from 'node:events';
import { ModeTEEAttested } from '@aivm/core';
import { verifyDataDirectory } from '@aivm/node';
import { type Client, createClient, developmentAccounts } from '@aivm/sdk';
import type { ProviderEvent } from '@aivm/worker';
import { throwIfInterrupted } from '../cli-context.ts';
import { type RunningNode, startNode } from '../node/start-node.ts';
import type { Output } from '../output.ts';
import { readWdbcRows } from '../wdbc-data.ts';
import { createDemoGenesis } from './demo-genesis.ts';
import { createDemoProgress } from './demo-progress.ts';
import { followAttested } from './follow-attested.ts';
import { checkReceipt, readTasks } from './read-outcome.ts';
import { asInterruption, type DemoOptions, startDisplay } from './run-demo.ts';
import { walletOf } from './start-cast.ts';
import { submitRows } from './submit-rows.ts';
import { TEE_CAST, TEE_PROVIDERS } from './tee-cast.ts';
import { createTeeAuthority, type TeeAuthority } from './tee-evidence.ts';
import type { EvidenceAnswer, TeeOutcome } from './tee-outcome.ts';
import { startTeeCast } from './tee-players.ts';

const POLL_MS = 50;

/** The demo's chain in TEE mode, under an authority of its own. */
function createTeeGenesis(options: Parameters<typeof createDemoGenesis>[0], attestation: object): string {
  const genesis = JSON.parse(createDemoGenesis(options)) as { config: object };
  const config = { ...genesis.config, verificationMode: ModeTEEAttested };
  return JSON.stringify({ ...genesis, config, attestation });
}

/** The first answer of the chain to each provider's evidence. */
class EvidenceAnswers {
  readonly #answers = new Map<string, EvidenceAnswer>();

  note(event: ProviderEvent): void {
    if (event.kind !== 'attested' && event.kind !== 'unattested') return;
    const { provider } = event;
    if (this.#answers.has(provider)) return;
    const answer: EvidenceAnswer =
      event.kind === 'attested'
        ? { provider, score: event.score, hardware: event.hardware, cpuTee: event.cpuTee, code: '' }
        : { provider, score: undefined, hardware: false, cpuTee: false, code: event.code };
    this.#answers.set(provider, answer);
  }

  list(): readonly EvidenceAnswer[] {
    return TEE_PROVIDERS.flatMap((id) => this.#answers.get(id) ?? []);
  }
}

async function waitForEverybody(client: Client, signal: AbortSignal): Promise<void> {
  while ((await client.getProviders({ signal })).length < TEE_PROVIDERS.length) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    signal.throwIfAborted();
  }
}

interface Stage {
  readonly output: Output;
  readonly authority: TeeAuthority;
  readonly signal: AbortSignal;
}

async function play(
  node: RunningNode,
  options: DemoOptions,
  { output, authority, signal }: Stage,
): Promise<Omit<TeeOutcome, 'supply' | 'elapsedMs'>> {
  const openClient = (): Client => createClient({ url: node.url });
  const client = openClient();
  const rows = (await readWdbcRows()).slice(0, options.rowsMax);
  const windowBlocks = Number((await client.getConfig({ signal })).config.challengeWindowBlocks);
  const progress = createDemoProgress(rows.length);
  const evidence = new EvidenceAnswers();
  let liesFound = 0;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, either);
  const cast = startTeeCast({
    createClient: openClient,
    authority,
    signal: either,
    onProviderEvent: (event) => evidence.note(event),
    onMismatch: () => {
      liesFound += 1;
      progress.addMismatch();
    },
  });
  // Somebody honest that fails ends the demo, whatever it waits for.
  const failed = cast.ended.then(() => new Promise<never>(() => {}));
  try {
    await Promise.race([waitForEverybody(client, either), failed]);
    output.line(
      `${TEE_PROVIDERS.length} providers have bonded. Three showed good evidence, one of them lies; one has only its own word, one showed an old report.`,
    );
    output.line(
      'The evidence is from a test authority that genesis names: real formats and signatures, no real hardware.',
    );
    output.line(`Submitting ${rows.length} real samples.`);
    const stopDisplay = startDisplay(progress, output);
    try {
      const following = followAttested(client, { total: rows.length, progress, signal: either });
      const wallet = walletOf(TEE_CAST.requester);
      const submitting = submitRows(rows, { client, wallet, signal: either });
      const [story] = await Promise.race([Promise.all([following, submitting]), failed]);
      const tasks = await readTasks(client, either);
      return {
        rows,
        tasks,
        ...story,
        evidence: evidence.list(),
        windowBlocks,
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

/** Plays the story of attested environments on a chain of its own. @throws InterruptedError after Ctrl-C; AivmError `timeout`. */
export async function runTeeDemo(
  options: Omit<DemoOptions, 'watches'>,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<TeeOutcome> {
  throwIfInterrupted(signal);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const timestamp = Math.floor(Date.now() / 1_000);
  const authority = createTeeAuthority(timestamp);
  const { blockTimeMs, dataDirectory } = options;
  const funded = developmentAccounts().map(({ address }) => address);
  const genesis = createTeeGenesis({ timestamp, blockTimeMs, funded }, authority.genesis);
  const node = await startNode({
    genesis,
    dataDirectory,
    port: 0,
    host: { mode: 'interval', blockTimeMs },
    isDevelopment: false,
  });
  output.line(`Node at ${node.url}, chain in ${dataDirectory}`);
  const startedAt = performance.now();
  try {
    const either = AbortSignal.any([signal, timeout]);
    const played = await play(node, { ...options, watches: true }, { output, authority, signal: either });
    const elapsedMs = Math.round(performance.now() - startedAt);
    await node.stop();
    output.line(
      `Replaying ${played.height} blocks from genesis, comparing every root and adding up all money …`,
    );
    const { supply } = await verifyDataDirectory({ dataDir: dataDirectory, genesis, signal });
    return { ...played, supply, elapsedMs };
  } catch (error) {
    throw asInterruption(error, signal, timeout);
  } finally {
    await node.stop();
  }
}
