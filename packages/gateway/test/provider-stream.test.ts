import { connect, developmentAccounts, type Wallet } from '@aivm/sdk';
import type { ComputeBackend } from '@aivm/worker';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAYER, type StoryGateway, startStoryGateway } from './support/story-gateway.ts';

/** Prompts by which a provider is told what to do with the pieces of its answer. */
const LIE = 'Once there was a liar';
const BREAK = 'Once there was a broken';
const WAIT = 'Once there was a patient';

let release = (): void => undefined;
const gate = (): Promise<void> =>
  new Promise((resolve) => {
    release = resolve;
  });
let waiting: Promise<void>;

const textOf = (input: Uint8Array): string =>
  Buffer.from(input.filter((_, i) => i % 4 === 0)).toString('utf8');

/** Streams what the prompt says; what it posts is always right. */
const alter = (backend: ComputeBackend): ComputeBackend => ({
  ...backend,
  run: async (job, options) => {
    const text = textOf(job.input);
    let pieces = 0;
    const { onPiece } = options;
    const result = await backend.run(job, {
      ...options,
      onPiece: (piece) => {
        pieces++;
        if (text === BREAK && pieces > 2) return;
        onPiece?.(text === LIE && pieces === 3 ? { tokens: [88] } : piece);
      },
    });
    if (text === WAIT) await waiting;
    return result;
  },
});

let world: StoryGateway;
let client: OpenAI;
beforeAll(async () => {
  world = await startStoryGateway({ streams: true, alter });
  client = new OpenAI({ baseURL: world.gateway.url, apiKey: world.secrets.open });
}, 60_000);
afterAll(() => world?.close());

const NEW = 8;
const request = (content: string) => ({
  model: 'story',
  max_tokens: NEW,
  messages: [{ role: 'user' as const, content }],
});

interface Streamed {
  readonly text: string;
  readonly aivm: Record<string, unknown>;
}

async function read(content: string, onText?: (text: string) => Promise<void>): Promise<Streamed> {
  const stream = await client.chat.completions.create({ ...request(content), stream: true });
  let text = '';
  let aivm = {};
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    aivm = (chunk as unknown as { aivm?: object }).aivm ?? aivm;
    if (chunk.choices[0]?.delta.content) await onText?.(text);
  }
  return { text, aivm };
}

/** What the chain has for the prompt. */
const posted = async (content: string): Promise<string> =>
  (await client.chat.completions.create(request(content))).choices[0]?.message.content ?? '';

describe('a streamed answer', { timeout: 60_000 }, () => {
  it('comes from the drawn provider before it is posted, and is what was posted then', async () => {
    waiting = gate();
    let seenPosted: boolean | undefined;
    const { text, aivm } = await read(WAIT, async (soFar) => {
      if (soFar.length < NEW || seenPosted !== undefined) return;
      // The whole text is here, and the provider has not posted it yet.
      const { tasks } = await connect(world.nodeUrl).client.listTasks({ model: 'story', limit: 1 });
      seenPosted = tasks[0]?.output_bytes !== undefined;
      release();
    });
    expect(seenPosted).toBe(false);
    expect(aivm).toMatchObject({ stream: 'pending', streamed_from: 'provider', settlement: 'posted' });
    waiting = Promise.resolve();
    expect(text).toBe(await posted(WAIT));
  });

  it('that is not what was posted is flagged, with what was', async () => {
    const { text, aivm } = await read(LIE);
    const right = await posted(LIE);
    expect(text).not.toBe(right);
    expect(text[2]).toBe('X');
    expect(aivm).toMatchObject({ stream: 'differs', streamed_from: 'provider', posted: right });
  });

  it('that stops early is completed from what was posted', async () => {
    const { text, aivm } = await read(BREAK);
    expect(text).toBe(await posted(BREAK));
    expect(aivm).toMatchObject({ stream: 'pending', streamed_from: 'provider' });
  });
});

describe("a provider's streams", { timeout: 60_000 }, () => {
  it('are for the requester alone', async () => {
    const payer = connect(world.nodeUrl, developmentAccounts()[PAYER] as Wallet);
    const { id } = await payer.submit('story', 'The king', { maxNew: 2 });
    const tokens = [];
    for await (const piece of payer.streamTask(id)) tokens.push(...('tokens' in piece ? piece.tokens : []));
    const { output } = await payer.result(id, { until: 'posted' });
    expect(Buffer.from(tokens).toString('utf8')).toBe(output);
    const stranger = connect(world.nodeUrl, developmentAccounts()[6] as Wallet);
    await expect(stranger.streamTask(id).next()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each([
    [404, 'POST', '/streams/none', '{"expires_at":0,"signature":"0x00"}'],
    [404, 'POST', '/other', '{}'],
    [405, 'GET', '/streams/t', undefined],
    [400, 'POST', '/streams/t', '{}'],
    [400, 'POST', '/streams/t', 'no'],
    [413, 'POST', '/streams/t', ' '.repeat(5_000)],
  ] as const)('answer %i to %s %s', async (status, method, path, body) => {
    const response = await fetch(`${world.streamUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty('error');
  });
});
