import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import * as z from 'zod';
import type { Client } from '../client/create-client.ts';
import { parseEvents } from '../client/parse-events.ts';
import type { Task } from '../schemas/task.ts';
import { signStreamRequest } from '../wallet/stream-request.ts';
import type { Signer } from '../wallet/wallet.ts';
import type { FactsReader } from './model-facts.ts';
import { watchTask } from './watch-task.ts';

/** Part of an answer, as its provider makes it: tokens of a network, text of another model. */
export type OutputPiece = { readonly tokens: readonly number[] } | { readonly text: string };

/** How a provider's stream is opened. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a provider's address may be asked. Addresses are words of strangers: a server that others can make ask any
   * address reaches what only it can reach. Default: every http and https address.
   */
  readonly mayAsk?: ((url: URL) => boolean | Promise<boolean>) | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

const messageSchema = z.union([
  z.object({ tokens: z.array(z.int().min(0).max(0xffff_ffff)).max(65_536) }),
  z.object({ text: z.string() }),
  z.object({ end: z.literal(true) }),
  z.object({ error: z.string() }),
]);

/** The task once a provider was drawn, or it has ended. */
async function untilDrawn(
  client: Client,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Task | undefined> {
  for await (const { task } of watchTask(client, id, { signal }))
    if (task.status !== 'pending' && task.assigned_to !== undefined) return task;
  return undefined;
}

/** Where a provider streams, or undefined where it does not or must not be asked. */
async function streamUrl(
  endpoint: string,
  taskId: string,
  { mayAsk }: StreamOptions,
): Promise<URL | undefined> {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/streams/${encodeURIComponent(taskId)}`;
  return (await (mayAsk?.(url) ?? true)) ? url : undefined;
}

/**
 * What the drawn provider says while it works; nothing where it streams nothing. It is that provider's word: the posted
 * answer is what counts.
 * @throws AivmError `unreachable`, `forbidden` where the account did not ask for the task, `malformed`
 */
export async function* streamTask(
  {
    client,
    facts,
    signer,
  }: {
    readonly client: Client;
    readonly facts: FactsReader;
    readonly signer: () => Promise<Signer>;
  },
  id: string,
  options: StreamOptions = {},
): AsyncGenerator<OutputPiece, void, undefined> {
  const { signal, fetch: doFetch = globalThis.fetch.bind(globalThis) } = options;
  const task = await untilDrawn(client, id, signal);
  if (task?.assigned_to === undefined) return;
  const { endpoint } = await client.getProvider(task.assigned_to, signal === undefined ? {} : { signal });
  const url = await streamUrl(endpoint, id, options);
  if (url === undefined) return;
  const { chain_id: chainId, genesis_hash: genesisHash } = await facts.getConfig();
  const request = { chainId, genesisHash, taskId: id, provider: task.assigned_to };
  const { expiresAt, signature } = await signStreamRequest(await signer(), request);
  const response = await doFetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ expires_at: expiresAt, signature: `0x${bytesToHex(signature)}` }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw signal.reason;
    throw new AivmError(
      'unreachable',
      `${url.origin}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new AivmError(
      response.status === 403 ? 'forbidden' : 'unreachable',
      `${url.origin}: ${response.status}`,
    );
  }
  for await (const { data } of parseEvents(response.body)) {
    const message = messageSchema.safeParse(parsedOf(data));
    if (!message.success) throw new AivmError('malformed', `${url.origin}: a message of the stream is none`);
    if ('end' in message.data) return;
    if ('error' in message.data)
      throw new AivmError('unreachable', `${url.origin}: ${message.data.error.slice(0, 200)}`);
    yield message.data;
  }
  throw new AivmError('unreachable', `${url.origin}: the stream broke off`);
}

function parsedOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
