import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createNetwork, type NetworkHeader, parseNetworkHeader, runNetwork } from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../core/test/network/support/random.ts';
import { randomHeader } from '../../../core/test/network/support/random-graph.ts';
import { createReferenceEngine, readNetworkBlob, readNetworkFiles } from '../../src/index.ts';
import { planRows } from '../../src/network/row-plan.ts';

const STORY = fileURLToPath(new URL('../../../../models/story', import.meta.url));
const NO_BYTES = new Uint8Array(0);
const engine = createReferenceEngine();

async function collect(tokens: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = [];
  for await (const token of tokens) all.push(token);
  return all;
}

/** The tokens that one pass over the finished text gives behind `prompt`. */
function tokensOfPass(header: NetworkHeader, blob: Uint8Array, prompt: readonly number[], posted: number[]) {
  const tokens = Uint32Array.from([...prompt, ...posted]);
  const network = createNetwork(header, { T: tokens.length - 1, N: posted.length });
  const { output } = runNetwork(network, blob, { bytes: NO_BYTES, tokens });
  return [...new Uint32Array(Uint8Array.from(output).buffer)];
}

describe('the story model, token by token', () => {
  const header = parseNetworkHeader(new Uint8Array(readFileSync(`${STORY}/story.header`)));
  const blob = new Uint8Array(readFileSync(`${STORY}/story.blob`));
  const story = engine.load(header, blob);
  const prompt = [...new TextEncoder().encode('The king said to the')];

  it('writes exactly what the pass over its text says', async () => {
    expect(story.isIncremental).toBe(true);
    const posted = await collect(story.generate(Uint32Array.from(prompt), 24));
    expect(posted).toHaveLength(24);
    expect(posted).toEqual(tokensOfPass(header, blob, prompt, posted));
    expect(new TextDecoder().decode(Uint8Array.from(posted))).toMatch(/^[ -~\n]+$/);
  }, 60_000);

  it('gives the trace of the pass in steps', async () => {
    const tokens = Uint32Array.from(prompt.slice(0, 5));
    const network = createNetwork(header, { T: 5, N: 1 });
    const parameters = { network, input: { bytes: NO_BYTES, tokens } };
    const trace = await story.pass(parameters);
    const { bytes } = runNetwork(network, blob, parameters.input);
    expect(Buffer.compare(trace.bytes, bytes)).toBe(0);
  }, 60_000);

  it.each([
    ['an empty prompt', [], 1, 'prompt: expected at least 1 token, got none'],
    ['a token outside of the vocabulary', [1, 256], 1, 'below the vocabulary of 256, got 256'],
    ['a text that is too long', Array(250).fill(1), 8, 'at most 256 tokens, got 257'],
    ['no tokens', [1], 0, 'maxNew: expected 1…256, got 0'],
  ] as const)('refuses %s', (_name, tokens, maxNew, message) => {
    expect(() => story.generate(Uint32Array.from(tokens), maxNew)).toThrow(message);
  });

  it('refuses a blob of another size than the header states', () => {
    expect(() => engine.load(header, blob.subarray(128))).toThrow(
      'blob: expected 3533312 bytes, got 3533184',
    );
  });
});

describe('random decoders, token by token', () => {
  it('write what the pass over the text says, and end where it says', async () => {
    const random = new Random(20);
    let incremental = 0;
    let repeated = 0;
    for (let i = 0; i < 400; i++) {
      const header = randomHeader(random, random.int(3, 14));
      if (header.form !== 'decoder') continue;
      const blob = random.bytes(header.blobBytes);
      const maxNew = random.int(1, header.maxNew);
      const P = random.int(1, header.maxT - maxNew + 1);
      const prompt = Array.from({ length: P }, () => random.int(0, header.vocabulary - 1));
      const network = engine.load(header, blob);
      if (network.isIncremental) incremental++;
      const posted = await collect(network.generate(Uint32Array.from(prompt), maxNew));
      expect(posted).toEqual(tokensOfPass(header, blob, prompt, posted));
      expect(posted.length).toBe(maxNew);
      if (new Set(posted).size < posted.length) repeated++;
      const ending = engine.load({ ...header, endTokens: [posted[0]!] }, blob);
      expect(await collect(ending.generate(Uint32Array.from(prompt), maxNew))).toEqual([posted[0]]);
    }
    expect(incremental).toBeGreaterThan(40);
    expect(repeated).toBeGreaterThan(0);
  }, 60_000);

  it('whose rows meet outside of attention run the whole text again', () => {
    const random = new Random(21);
    const reasons = new Set<string>();
    for (let i = 0; i < 600; i++) {
      const header = randomHeader(random, random.int(3, 14));
      if (header.form !== 'decoder') continue;
      const plan = planRows(header);
      if ('reason' in plan) reasons.add(plan.reason.replace(/\d+/g, '#'));
    }
    expect([...reasons]).not.toEqual([]);
  });
});

describe('the files of a model', () => {
  it('are read by their directory and by their header', async () => {
    const files = await readNetworkFiles(STORY);
    expect(files).toMatchObject({ name: 'story', header: { form: 'decoder' } });
    expect((await readNetworkFiles(`${STORY}/story.header`)).blobPath).toBe(files.blobPath);
    expect((await readNetworkBlob(files)).length).toBe(files.header.blobBytes);
  });

  it.each([
    ['/nowhere', 'no such file or directory'],
    [`${STORY}/README.md`, 'expected a file NAME.header or its directory'],
    [fileURLToPath(new URL('.', import.meta.url)), 'expected one file NAME.header, found 0'],
  ])('%s is refused', async (path, message) => {
    await expect(readNetworkFiles(path)).rejects.toThrow(message);
  });
});
