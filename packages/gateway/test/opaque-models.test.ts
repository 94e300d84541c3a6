import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { CheckClass, ProviderStatus, readProvider } from '@aivm/core/state';
import { connect, developmentAccounts, type Wallet } from '@aivm/sdk';
import {
  createOpenaiBackend,
  createStreamHub,
  runProvider,
  type StreamServer,
  serveStreams,
} from '@aivm/worker';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { APICallError, embedMany, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestChain, type TestChain, until } from '../../worker/test/support/test-chain.ts';
import { createApiSecret, type Gateway, hashApiSecret, serveGateway } from '../src/index.ts';
import { MODEL_SERVER_KEY, type ModelServer, startModelServer } from './support/model-server.ts';

const stop = new AbortController();
const secret = createApiSecret();
const poorSecret = createApiSecret();
const account = (index: number): Wallet => developmentAccounts()[index] as Wallet;
let chain: TestChain;
let server: ModelServer;
let streams: StreamServer;
const providers: Promise<void>[] = [];
let gateway: Gateway;
let client: OpenAI;

async function startProviders(): Promise<void> {
  const backend = createOpenaiBackend({
    baseUrl: server.baseUrl,
    apiKey: MODEL_SERVER_KEY,
    names: new Map([['loud', 'capitals']]),
    nowMs: () => performance.now(),
  });
  const hub = createStreamHub();
  streams = await serveStreams({ hub, node: chain.workerNode, port: 0 });
  // Two errors end a task; a provider that gave one is not asked again.
  for (const [id, index] of [
    ['p-1', 1],
    ['p-2', 2],
  ] as const) {
    const sender = chain.senderOf(index);
    const identity = {
      id,
      wallet: sender.address,
      endpoint: streams.url,
      gpus: [],
      models: ['loud'],
      pollMs: 50,
    };
    providers.push(
      runProvider(identity, { node: chain.workerNode, sender, backend, streams: hub }, stop.signal),
    );
    await until(() => readProvider(chain.node.api.state(), id)?.status === ProviderStatus.active);
  }
}

beforeAll(async () => {
  [chain, server] = await Promise.all([createTestChain(), startModelServer()]);
  const url = chain.node.http?.url ?? '';
  await connect(url, account(0)).send({
    kind: 'registerModel',
    id: 'loud',
    name: 'Loud',
    capabilities: ['chat', 'completion', 'embedding'],
    checkClass: CheckClass.opaque,
    deterministic: false,
    weightHash: new Uint8Array(32).fill(1),
  });
  await startProviders();
  const key = (name: string, of: string, limits = {}) => ({
    name,
    hash: hashApiSecret(of),
    account: 'payer',
    limits,
  });
  gateway = await serveGateway({
    node: url,
    accounts: new Map([['payer', account(7)]]),
    keys: [key('all', secret), key('poor', poorSecret, { total: 1n })],
    port: 0,
    timeoutMs: 30_000,
  });
  client = new OpenAI({ baseURL: gateway.url, apiKey: secret });
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  stop.abort();
  await Promise.all(providers);
  await streams?.close();
  await server?.close();
  await chain?.close();
});

const chat = (content: string) => ({ model: 'loud', messages: [{ role: 'user' as const, content }] });

describe('the official client over a provider whose backend is an OpenAI-compatible server', {
  timeout: 60_000,
}, () => {
  it('chats', async () => {
    const answer = await client.chat.completions.create({ ...chat('hello there'), temperature: 0.5 });
    expect(answer).toMatchObject({
      choices: [{ message: { content: 'HELLO THERE' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 5 },
      aivm: { verifiable: false, provider: expect.stringMatching(/^p-[12]$/), settlement: 'posted' },
    });
    // The server is asked under its own name of the model, with what the caller said.
    expect(server.requests.at(-1)).toMatchObject({
      path: '/v1/chat/completions',
      body: { model: 'capitals', temperature: 0.5 },
    });
  });

  it('streams what the provider streams', async () => {
    const stream = await client.chat.completions.create({ ...chat('one two three'), stream: true });
    let text = '';
    let last: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      last = chunk;
    }
    expect(text).toBe('ONE TWO THREE');
    expect(last).toMatchObject({ aivm: { stream: 'pending' } });
  });

  it('gets calls of tools, whole and streamed', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'look', parameters: {} } }];
    const called = { function: { name: 'look', arguments: '{"at":1}' } };
    const answer = await client.chat.completions.create({ ...chat('look'), tools });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [called] },
    });
    const runner = client.chat.completions.stream({ ...chat('look'), tools });
    expect((await runner.finalMessage()).tool_calls?.[0]).toMatchObject(called);
  });

  it('completes and embeds', async () => {
    const completion = await client.completions.create({ model: 'loud', prompt: 'abc' });
    expect(completion.choices[0]?.text).toBe('ABC');
    // The client asks for base64 by itself and reads the numbers out of it.
    const { data, usage } = await client.embeddings.create({ model: 'loud', input: ['four', 'sixsix'] });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [4, 0.25, -1],
      [6, 0.25, -1],
    ]);
    expect(usage.prompt_tokens).toBe(3);
  });

  it('is told when the server fails, without a second task', async () => {
    const before = (await connect(chain.node.http?.url ?? '').client.getTaskStats()).tasks_failed;
    const failed = client.chat.completions.create(chat('please fail'));
    await expect(failed).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    await expect(failed).rejects.toMatchObject({ status: 502, code: 'task_failed' });
    const after = (await connect(chain.node.http?.url ?? '').client.getTaskStats()).tasks_failed;
    expect(after - before).toBe(1n);
  });
});

describe('a redundant task', { timeout: 60_000 }, () => {
  it('of a model whose answers cannot be compared is refused before it is paid for', async () => {
    const own = { aivm: { mode: 'redundant', n: 3 } } as object;
    const refused = client.chat.completions.create({ ...chat('x'), ...own });
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'not_verifiable' });
  });
});

describe('the package ai', { timeout: 60_000 }, () => {
  const providerOf = (apiKey: string) =>
    createOpenAICompatible({ name: 'aivm', baseURL: gateway.url, apiKey });

  it('chats, streams and embeds', async () => {
    const aivm = providerOf(secret);
    const { text } = await generateText({ model: aivm('loud'), prompt: 'hello' });
    expect(text).toBe('HELLO');
    let streamed = '';
    for await (const piece of streamText({ model: aivm('loud'), prompt: 'a b c' }).textStream)
      streamed += piece;
    expect(streamed).toBe('A B C');
    const { embeddings } = await embedMany({ model: aivm.textEmbeddingModel('loud'), values: ['four'] });
    expect(embeddings).toEqual([[4, 0.25, -1]]);
  });

  it('throws its own errors', async () => {
    const refused = generateText({ model: providerOf(poorSecret)('loud'), prompt: 'x', maxRetries: 0 });
    await expect(refused).rejects.toSatisfy(
      (error) => APICallError.isInstance(error) && error.statusCode === 429,
    );
  });
});

describe("LangChain's client", { timeout: 60_000 }, () => {
  const options = (apiKey: string) => ({
    model: 'loud',
    apiKey,
    maxRetries: 0,
    configuration: { baseURL: gateway.url },
  });

  it('chats, streams and embeds', async () => {
    const model = new ChatOpenAI(options(secret));
    expect((await model.invoke('hello')).content).toBe('HELLO');
    let streamed = '';
    for await (const chunk of await model.stream('a b c')) streamed += String(chunk.content);
    expect(streamed).toBe('A B C');
    expect(await new OpenAIEmbeddings(options(secret)).embedQuery('four')).toEqual([4, 0.25, -1]);
  });

  it('throws its own errors', async () => {
    const poor = new ChatOpenAI(options(poorSecret)).invoke('x');
    await expect(poor).rejects.toMatchObject({ name: 'InsufficientQuotaError' });
    await expect(new ChatOpenAI({ ...options(secret), model: 'none' }).invoke('x')).rejects.toMatchObject({
      status: 404,
    });
  });
});
