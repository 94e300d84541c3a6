import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseJson, receiptFileFromJson, verifyReceipt } from '@aivm/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AivmFields } from '../src/openai/answers.ts';
import { type StoryGateway, startStoryGateway } from './support/story-gateway.ts';

/** What the oracle in numpy says that the network writes. */
interface Vector {
  readonly tokens: readonly number[];
  readonly new: number;
  readonly output: readonly number[];
}
const vectors = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../models/story/vectors.json', import.meta.url)), 'utf8'),
) as Record<string, Vector>;
const textOf = (tokens: readonly number[]): string =>
  Buffer.from(tokens.filter((token) => token !== 0)).toString('utf8');
const vector = vectors['a prompt continued'] as Vector;
/** A pass reads the prompt and all of the answer but its last token. */
const prompt = vector.tokens.slice(0, vector.tokens.length - vector.new + 1);
const PROMPT = textOf(prompt);
const ANSWER = textOf(vector.output);

let world: StoryGateway;
let client: OpenAI;
const clientOf = (key: string): OpenAI => new OpenAI({ baseURL: world.gateway.url, apiKey: key });

beforeAll(async () => {
  // A task of the story model costs about 10^7 for each byte that it may write.
  world = await startStoryGateway({ limits: { poor: { perDay: 1_000n }, small: { perRequest: 10n ** 8n } } });
  client = clientOf(world.secrets.open as string);
}, 60_000);
afterAll(() => world?.close());

const fieldsOf = (answer: unknown): AivmFields => (answer as { aivm: AivmFields }).aivm;
const chat = (content: string, max_tokens: number) => ({
  model: 'story',
  max_tokens,
  messages: [{ role: 'user' as const, content }],
});

describe('the official client over the story decoder', { timeout: 60_000 }, () => {
  it('lists the models that the gateway can ask', async () => {
    const models = [];
    for await (const model of client.models.list()) models.push(model);
    const story = models.find(({ id }) => id === 'story');
    expect(story).toMatchObject({
      object: 'model',
      aivm: {
        check_class: 'int8-graph',
        verifiable: true,
        endpoints: ['chat', 'completions'],
        context_size: 256,
      },
    });
    expect(await client.models.retrieve('story')).toEqual(story);
    expect(models.map(({ id }) => id)).not.toContain('wdbc-int8');
  });

  it('gets the text that the oracle says, with what the chain says of it', async () => {
    const answer = await client.chat.completions.create(chat(PROMPT, vector.new));
    expect(answer.choices[0]?.message.content).toBe(ANSWER);
    expect(answer.usage?.prompt_tokens).toBe(prompt.length);
    expect(answer.usage?.completion_tokens).toBe(vector.output.length);
    const fields = fieldsOf(answer);
    expect(fields).toMatchObject({
      mode: 'chain',
      settlement: 'posted',
      verifiable: true,
      receipt_index: null,
    });
    expect(fields.provider).toMatch(/^p-[123]$/);
    expect(fields.why).toMatch(/^posted, not final: answered by p-/);
  });

  it('streams it, and says in the last chunk that it can still be challenged', async () => {
    const stream = await client.chat.completions.create({
      ...chat(PROMPT, vector.new),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    const chunks = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(ANSWER);
    const last = chunks.find(({ choices }) => choices[0]?.finish_reason != null);
    expect(last).toMatchObject({ aivm: { stream: 'pending', settlement: 'posted' } });
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(vector.output.length);
  });

  it('waits until nothing can change any more, where it is asked to, and links a receipt that verifies', async () => {
    const own = { aivm: { until: 'final' } } as object;
    const answer = await client.completions.create({ model: 'story', prompt: PROMPT, max_tokens: 4, ...own });
    expect(answer.choices[0]?.text).toBe(ANSWER.slice(0, 4));
    const fields = fieldsOf(answer);
    expect(fields).toMatchObject({ settlement: 'final', usable: true });
    const response = await fetch(fields.receipt, {
      headers: { authorization: `Bearer ${world.secrets.open}` },
    });
    const file = receiptFileFromJson(parseJson(await response.text()));
    expect(verifyReceipt(file)).toMatchObject({ isValid: true, receipt: { jobId: fields.task_id } });
  });

  it('cuts at a stop, whole and streamed', async () => {
    const stop = ANSWER.slice(6, 9);
    const expected = ANSWER.slice(0, ANSWER.indexOf(stop));
    const whole = await client.chat.completions.create({ ...chat(PROMPT, vector.new), stop });
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: expected } });
    const stream = await client.chat.completions.create({ ...chat(PROMPT, vector.new), stop, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(expected);
  });

  it('pays once for a request that is repeated under its own name', async () => {
    const options = { headers: { 'Idempotency-Key': 'invoice-7' } };
    const first = await client.chat.completions.create(chat('Once there', 3), options);
    const again = await client.chat.completions.create(chat('Once there', 3), options);
    expect(fieldsOf(again).task_id).toBe(fieldsOf(first).task_id);
    const other = client.chat.completions.create(chat('Once here', 3), options);
    await expect(other).rejects.toBeInstanceOf(OpenAI.ConflictError);
  });
});

describe('errors surface as the classes of the client', { timeout: 60_000 }, () => {
  it('a wrong key', async () => {
    const wrong = clientOf('sk-aivm-wrong').models.list();
    await expect(wrong).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('a model that is not there, or does something else', async () => {
    const absent = client.chat.completions.create({ ...chat('x', 1), model: 'gpt-none' });
    await expect(absent).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    await expect(absent).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const other = client.embeddings.create({ model: 'story', input: 'x' });
    await expect(other).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it('a text that does not fit', async () => {
    const long = client.chat.completions.create(chat('x'.repeat(300), 1));
    await expect(long).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      message: expect.stringContaining('a context of 256 tokens (bytes of UTF-8): the prompt has 300'),
    });
  });

  it('what the model cannot do', async () => {
    const two = client.chat.completions.create({ ...chat('x', 1), n: 2 });
    await expect(two).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'n' });
    const empty = client.chat.completions.create({ model: 'story', messages: [] });
    await expect(empty).rejects.toMatchObject({ status: 400, param: 'messages' });
  });

  it('a limit, without a second try, and without a task', async () => {
    let requests = 0;
    const counting: typeof fetch = (url, init) => {
      requests++;
      return fetch(url, init);
    };
    const poor = new OpenAI({ baseURL: world.gateway.url, apiKey: world.secrets.poor, fetch: counting });
    const refused = poor.chat.completions.create(chat('The king', 4));
    await expect(refused).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(refused).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
    await expect(refused).rejects.toThrow(/"poor" may spend .* in a day; this request costs up to/);
    expect(requests).toBe(1);
    const small = clientOf(world.secrets.small as string);
    await expect(small.chat.completions.create(chat('The king', 100))).rejects.toThrow(/in one request/);
  });
});

describe('usage', { timeout: 60_000 }, () => {
  it('counts what was spent, and what a shorter answer gave back', async () => {
    const headers = { authorization: `Bearer ${world.secrets.open}` };
    const usage = (await (await fetch(`${world.gateway.url}/usage`, { headers })).json()) as {
      task_count: number;
      tasks: { state: string; cost: string }[];
    };
    expect(usage.task_count).toBeGreaterThan(4);
    expect(usage.tasks.every(({ state }) => state === 'spent')).toBe(true);
    const page = await fetch(world.gateway.url.replace(/v1$/, 'usage'));
    expect(page.headers.get('content-type')).toContain('text/html');
  });
});
