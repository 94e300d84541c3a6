import { ModeTEEAttested } from '@aivm/core/state';
import { type Client, createClient, developmentAccounts } from '@aivm/sdk';
import type { ProviderEvent } from '@aivm/worker';
import { readWdbcRows } from 'aivm';
import type { DemoOptions } from '../optimistic/run-demo.ts';
import { walletOf } from '../optimistic/start-cast.ts';
import { createDemoGenesis } from '../story/demo-genesis.ts';
import { createDemoProgress } from '../story/demo-progress.ts';
import { type Audience, playAct, playOnOwnChain } from '../story/own-chain.ts';
import { checkReceipt, readTasks } from '../story/read-outcome.ts';
import { submitRows } from '../story/submit-rows.ts';
import { waitForProviders } from '../story/wait-for-providers.ts';
import { followAttested } from './follow-attested.ts';
import { TEE_CAST, TEE_PROVIDERS } from './tee-cast.ts';
import { createTeeAuthority, type TeeAuthority } from './tee-evidence.ts';
import type { EvidenceAnswer, TeeOutcome } from './tee-outcome.ts';
import { startTeeCast } from './tee-players.ts';

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

interface Setting {
  readonly url: string;
  readonly authority: TeeAuthority;
  readonly rowsMax: number | undefined;
}

async function play(
  { url, authority, rowsMax }: Setting,
  audience: Audience,
): Promise<Omit<TeeOutcome, 'supply' | 'elapsedMs'>> {
  const openClient = (): Client => createClient({ url });
  const client = openClient();
  const rows = (await readWdbcRows()).slice(0, rowsMax);
  const { config } = await client.getConfig({ signal: audience.signal });
  const progress = createDemoProgress(rows.length);
  const evidence = new EvidenceAnswers();
  let liesFound = 0;
  const start = (signal: AbortSignal) =>
    startTeeCast({
      createClient: openClient,
      authority,
      signal,
      onProviderEvent: (event) => evidence.note(event),
      onMismatch: () => {
        liesFound += 1;
        progress.addMismatch();
      },
    });
  return playAct(
    start,
    {
      prepare: (signal) => waitForProviders(client, TEE_PROVIDERS.length, signal),
      lines: [
        `${TEE_PROVIDERS.length} providers have bonded. Three showed good evidence, one of them lies; one has only its own word, one showed an old report.`,
        'The evidence is from a test authority that genesis names: real formats and signatures, no real hardware.',
        `Submitting ${rows.length} real samples.`,
      ],
      progress,
      tell: async (signal) => {
        const [story] = await Promise.all([
          followAttested(client, { total: rows.length, progress, signal }),
          submitRows(rows, { client, wallet: walletOf(TEE_CAST.requester), signal }),
        ]);
        const tasks = await readTasks(client, signal);
        return {
          rows,
          tasks,
          ...story,
          evidence: evidence.list(),
          windowBlocks: Number(config.challengeWindowBlocks),
          liesFound,
          receipt: await checkReceipt(client, tasks, signal),
          height: (await client.getHealth({ signal })).height,
        };
      },
    },
    audience,
  );
}

/** Plays the story of attested environments on a chain of its own. @throws InterruptedError after Ctrl-C; AivmError `timeout`. */
export async function runTeeDemo(
  options: Omit<DemoOptions, 'watches'>,
  audience: Audience,
): Promise<TeeOutcome> {
  const timestamp = Math.floor(Date.now() / 1_000);
  const authority = createTeeAuthority(timestamp);
  const { blockTimeMs, rowsMax } = options;
  const funded = developmentAccounts().map(({ address }) => address);
  const genesis = createTeeGenesis({ timestamp, blockTimeMs, funded }, authority.genesis);
  return playOnOwnChain(
    { ...options, genesis },
    ({ url }, stage) => play({ url, authority, rowsMax }, stage),
    audience,
  );
}
