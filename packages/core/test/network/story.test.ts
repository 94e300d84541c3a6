import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createHashTree,
  createNetwork,
  createWitness,
  judgeWitness,
  type Network,
  parseNetworkHeader,
  runNetwork,
  serializeNetworkHeader,
  shapeOf,
  sizeOf,
  tensorOffset,
  traceTree,
  validateNetworkHeader,
} from '../../src/network/index.ts';
import { type Fault, placeOf } from './support/liar.ts';
import { Random } from './support/random.ts';

/** What the oracle in numpy (scripts/models/story/oracle.py) computes for a text. */
interface Case {
  readonly tokens: readonly number[];
  readonly new: number;
  readonly output: readonly number[];
  /** SHA-256 of the bytes of each tensor. */
  readonly tensors: readonly string[];
}

const fileOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../../models/story/${name}`, import.meta.url)));

const headerBytes = fileOf('story.header');
const header = parseNetworkHeader(headerBytes);
const blob = fileOf('story.blob');
const cases = JSON.parse(new TextDecoder().decode(fileOf('vectors.json'))) as Readonly<Record<string, Case>>;

const LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 65_536 };

const inputOf = ({ tokens }: Case) => ({ bytes: new Uint8Array(0), tokens: Uint32Array.from(tokens) });

function run(vector: Case, weights: Uint8Array): { network: Network; bytes: Uint8Array } {
  const network = createNetwork(header, { T: vector.tokens.length, N: vector.new });
  return { network, bytes: runNetwork(network, weights, inputOf(vector)).bytes };
}

/** Digests of the tensors, without the padding between them. */
const digestsOf = ({ network, bytes }: { network: Network; bytes: Uint8Array }): string[] =>
  Array.from({ length: network.tensorCount }, (_, tensor) => {
    const start = tensorOffset(network, tensor);
    const elements = bytes.subarray(start, start + sizeOf(shapeOf(network, tensor)));
    return createHash('sha256').update(elements).digest('hex');
  });

describe('the story model', () => {
  it('has a canonical header that a chain with default bounds admits', () => {
    expect(serializeNetworkHeader(header)).toEqual(headerBytes);
    expect(blob.length).toBe(header.blobBytes);
    expect(header).toMatchObject({
      form: 'decoder',
      maxT: 256,
      maxNew: 256,
      vocabulary: 256,
      endTokens: [0],
    });
    const facts = validateNetworkHeader(header, LIMITS);
    expect(facts.workMax).toBeLessThan(2n ** 50n);
  });

  it.each(Object.entries(cases))(
    'gives every tensor as the oracle does: %s',
    (_name, vector) => {
      const trace = run(vector, blob);
      expect(digestsOf(trace)).toEqual(vector.tensors);
      const start = tensorOffset(trace.network, trace.network.tensorCount - 1);
      expect([...new Uint32Array(trace.bytes.buffer, start, vector.new)]).toEqual(vector.output);
    },
    120_000,
  );

  it('continues a prompt by the tokens that it posts: the text behind the prompt is its output', () => {
    const { tokens, new: count, output } = cases['a prompt continued']!;
    expect(tokens.slice(tokens.length - count + 1)).toEqual(output.slice(0, -1));
    expect(new TextDecoder().decode(Uint8Array.from(output))).toMatch(/^[ -~\n]+$/);
  });

  it('depends on its weights: one changed bit of a first row changes the trace', () => {
    const vector = cases['one byte']!;
    const rows = header.operators.find(({ kind }) => kind === 'dense')!;
    const changed = blob.with(rows.place, blob[rows.place]! ^ 0x40);
    expect(digestsOf(run(vector, changed))).not.toEqual(vector.tensors);
  });

  it('is judged by one witness, whichever tensor is in dispute', () => {
    const random = new Random(7);
    const text = cases['held-out text']!;
    const vector = { ...text, tokens: text.tokens.slice(0, 6), new: 2 };
    const input = inputOf(vector);
    const { network, bytes } = run(vector, blob);
    const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
    const honest = { bytes, tree: traceTree(network, { bytes }) };
    const verdict = (committed: typeof honest, fault: Fault): boolean => {
      const roots = { trace: committed.tree.root, blob: weights.tree.root };
      const witness = createWitness(network, input, placeOf(network, fault), committed, weights);
      return judgeWitness(network, input, roots, witness).isRight;
    };
    // Each kind once: the first operator of it.
    const kinds = new Set(header.operators.map(({ kind }) => kind));
    for (const kind of kinds) {
      const tensor = header.operators.findIndex((operator) => operator.kind === kind);
      const shape = shapeOf(network, tensor);
      const fault = { tensor, element: random.int(0, shape.count - 1) };
      expect(verdict(honest, fault), kind).toBe(true);
      const at = tensorOffset(network, tensor) + fault.element * (sizeOf(shape) / shape.count);
      const lie = bytes.with(at, bytes[at]! ^ 1);
      const committed = { bytes: lie, tree: traceTree(network, { bytes: lie }) };
      expect(verdict(committed, fault), `a lie about ${kind}`).toBe(false);
    }
  }, 120_000);
});
