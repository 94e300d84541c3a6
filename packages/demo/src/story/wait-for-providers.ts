import { type Client, sleep } from '@aivm/sdk';

const POLL_MS = 50;

/** Resolves when the chain knows `count` providers. @throws the signal's reason when it is aborted. */
export async function waitForProviders(client: Client, count: number, signal: AbortSignal): Promise<void> {
  while ((await client.getProviders({ signal })).length < count) await sleep(POLL_MS, signal);
}
