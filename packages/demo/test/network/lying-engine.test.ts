import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createReferenceEngine } from '@aivm/backends';
import {
  createHashTree,
  createNetwork,
  createWitness,
  ELEMENT_SIZE,
  judgeWitness,
  parseNetworkHeader,
  shapeOf,
  traceTree,
  unitAt,
} from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { createLyingEngine, LIES } from '../../src/network/lying-engine.ts';

const fileOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../../models/story/${name}`, import.meta.url))));
const header = parseNetworkHeader(fileOf('story.header'));
const blob = fileOf('story.blob');
const prompt = Uint32Array.from(new TextEncoder().encode('The king said to '));

async function collect(tokens: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = [];
  for await (const token of tokens) all.push(token);
  return all;
}

describe('the liars of the demo', () => {
  const honest = createReferenceEngine();
  const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };

  it.each(LIES)(
    'one that changes %s answers wrong, by its own trace, whose first difference convicts it',
    async (kind) => {
      const liar = createLyingEngine(kind, honest).load(header, blob);
      const posted = await collect(liar.generate(prompt, 3));
      expect(posted).not.toEqual(await collect(honest.load(header, blob).generate(prompt, 3)));
      const tokens = Uint32Array.of(...prompt, ...posted);
      const network = createNetwork(header, { T: tokens.length - 1, N: posted.length });
      const input = { bytes: new Uint8Array(0), tokens };
      const lie = await liar.pass({ network, input });
      expect([...new Uint32Array(Uint8Array.from(lie.output).buffer)]).toEqual(posted);
      const right = await honest.load(header, blob).pass({ network, input });
      const byte = lie.bytes.findIndex((value, i) => value !== right.bytes[i]);
      const leaf = Math.floor(byte / 128);
      const element = Math.floor(
        (byte % 128) / ELEMENT_SIZE[shapeOf(network, unitAt(network, leaf, 0).tensor).type],
      );
      const tree = traceTree(network, lie);
      const witness = createWitness(network, input, { leaf, element }, { bytes: lie.bytes, tree }, weights);
      const verdict = judgeWitness(network, input, { trace: tree.root, blob: weights.tree.root }, witness);
      expect(verdict.isRight).toBe(false);
    },
    60_000,
  );
});
