import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createNetwork,
  type NetworkHeader,
  type NetworkInput,
  parseNetworkHeader,
  runNetwork,
  TASK_INPUT,
  type TextSize,
} from '@aivm/core/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, spec } from '../../../../core/test/network/support/graph-builder.ts';
import { Random } from '../../../../core/test/network/support/random.ts';
import { randomHeader, randomTask } from '../../../../core/test/network/support/random-graph.ts';
import { createReferenceEngine, type NetworkEngine } from '../../../src/index.ts';

/** Graphs of one run; AIVM_NETWORK_RUNS asks for more, AIVM_NETWORK_SEED for others. */
const RUNS = Number(process.env.AIVM_NETWORK_RUNS ?? 400);
const SEED = Number(process.env.AIVM_NETWORK_SEED ?? 0);
const STORY = fileURLToPath(new URL('../../../../../models/story', import.meta.url));
const NO_BYTES = new Uint8Array(0);

async function expectSameTrace(
  engine: NetworkEngine,
  header: NetworkHeader,
  blob: Uint8Array,
  { size, input }: { readonly size: TextSize; readonly input: NetworkInput },
): Promise<void> {
  const network = createNetwork(header, size);
  const expected = runNetwork(network, blob, input);
  const trace = await engine.load(header, blob).pass({ network, input });
  if (Buffer.compare(trace.bytes, expected.bytes) !== 0)
    expect(trace.bytes, JSON.stringify(header.operators)).toEqual(expected.bytes);
}

/** Whatever computes networks: what it writes is what the reference writes, byte for byte. */
export function testEngine(name: string, create: () => NetworkEngine): void {
  describe(`rows in ${name}`, () => {
    let engine: NetworkEngine;
    beforeAll(() => {
      engine = create();
    });

    it(`give the traces of the reference on ${RUNS} random networks with random bytes as weights`, async () => {
      const rows = new Map<string, number>();
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        const random = new Random(seed);
        const header = randomHeader(random, random.int(1, 14));
        const { network, input, blob } = randomTask(random, header);
        for (const { kind } of header.operators) rows.set(kind, (rows.get(kind) ?? 0) + 1);
        await expectSameTrace(engine, header, blob, { size: network.size, input });
      }
      expect(rows.get('dense')).toBeGreaterThan(RUNS / 10);
      expect(rows.get('conv2d')).toBeGreaterThan(RUNS / 40);
    }, 120_000);

    /** One layer of rows at the ends of what a header may say. */
    it.each([
      ['i8', 12_288],
      ['i16', 7_680],
      ['i16', 2_040],
      ['i16', 2_041],
      ['i8', 1],
    ] as const)('sum %s rows of %i weights exactly, at the ends of every type', async (type, n) => {
      const [low, high] = type === 'i8' ? [-128, 127] : [-32_768, 32_767];
      for (const zx of [low, 0, high]) {
        const graph = new GraphBuilder({ form: 'map', input: spec(type, 5, n) });
        graph.append('dense', {
          inputs: [TASK_INPUT],
          output: spec('i32', 5, 3),
          attributes: { leading: 1, zx, zy: 0, lo: -(2 ** 31), hi: 2 ** 31 - 1 },
        });
        const { header } = graph;
        const blob = new Uint8Array(header.blobBytes);
        const view = new DataView(blob.buffer);
        const stride = header.blobBytes / 3;
        for (const [row, [weight, mult, shift]] of [
          [-128, 2 ** 31 - 1, 62],
          [127, -(2 ** 31), 20],
          [-128, 1, 0],
        ].entries()) {
          blob.fill(weight!, row * stride, row * stride + n);
          view.setInt32(row * stride + n, row === 0 ? -(2 ** 31) : 2 ** 31 - 1, true);
          view.setInt32(row * stride + n + 4, mult!, true);
          view.setUint8(row * stride + n + 8, shift!);
        }
        const values = Array.from({ length: 5 * n }, (_, i) => [low, high, 0, low, high][Math.floor(i / n)]!);
        const bytes = new Uint8Array((type === 'i8' ? Int8Array : Int16Array).from(values).buffer);
        await expectSameTrace(engine, header, blob, {
          size: { T: 1, N: 1 },
          input: { bytes, tokens: new Uint32Array(0) },
        });
      }
    });
  });

  describe(`the story model in ${name}`, () => {
    let engine: NetworkEngine;
    beforeAll(() => {
      engine = create();
    });

    const header = parseNetworkHeader(new Uint8Array(readFileSync(`${STORY}/story.header`)));
    const blob = new Uint8Array(readFileSync(`${STORY}/story.blob`));
    const prompt = Uint32Array.from(new TextEncoder().encode('The king said to the'));

    it('writes the same tokens, one by one', async () => {
      const tokensOf = async (engine: NetworkEngine) => {
        const tokens: number[] = [];
        for await (const token of engine.load(header, blob).generate(prompt, 24)) tokens.push(token);
        return tokens;
      };
      expect(await tokensOf(engine)).toEqual(await tokensOf(createReferenceEngine()));
    }, 60_000);

    it('gives the same trace over a whole text', async () => {
      await expectSameTrace(engine, header, blob, {
        size: { T: 20, N: 1 },
        input: { bytes: NO_BYTES, tokens: prompt },
      });
    }, 60_000);
  });
}
