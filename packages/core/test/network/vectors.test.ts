import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../../src/bytes/hex.ts';
import {
  createHashTree,
  createNetwork,
  createUnitReader,
  createWitness,
  hashBlob,
  judgeWitness,
  leafCountOf,
  type Network,
  OPERATOR_KINDS,
  parseNetworkHeader,
  runNetwork,
  runningOperator,
  serializeNetworkHeader,
  shapeOf,
  sizeOf,
  tensorOffset,
  toInt64,
  traceTree,
  unitBytes,
  validateNetworkHeader,
  wholeBytes,
} from '../../src/network/index.ts';
import { LIMITS } from './support/random-graph.ts';

/** A case of vectors/int8-graph; its README draws the format. */
interface Case {
  readonly name: string;
  readonly header: string;
  readonly t: number;
  readonly n: number;
  readonly tokens: readonly number[];
  readonly input: string;
  readonly blob: { readonly length: number; readonly parts: readonly (readonly [number, string])[] };
  readonly weightHash: string;
  readonly trace: string;
  readonly traceRoot: string;
  readonly hostile: string;
  readonly hostileRoot: string;
  readonly right: string;
}

const FOLDER = new URL('../../../../vectors/int8-graph/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const casesOf = (file: string): readonly Case[] =>
  (JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { cases: readonly Case[] }).cases;

function blobOf({ length, parts }: Case['blob']): Uint8Array {
  const blob = new Uint8Array(length);
  for (const [offset, hex] of parts) blob.set(hexToBytes(hex), offset);
  return blob;
}

/** A case as values. */
function load(entry: Case) {
  const bytes = hexToBytes(entry.header);
  const header = parseNetworkHeader(bytes);
  return {
    bytes,
    header,
    network: createNetwork(header, { T: entry.t, N: entry.n }),
    blob: blobOf(entry.blob),
    input: { bytes: hexToBytes(entry.input), tokens: Uint32Array.from(entry.tokens) },
    trace: hexToBytes(entry.trace),
    hostile: hexToBytes(entry.hostile),
    right: hexToBytes(entry.right),
  };
}

/** What each tensor must be if the ones that it reads are those of `trace`, unit by unit. */
function follow({ network, blob, input }: ReturnType<typeof load>, trace: Uint8Array): Uint8Array {
  const right = new Uint8Array(trace.length);
  for (let tensor = 0; tensor < network.tensorCount; tensor++) {
    const running = runningOperator(network, tensor);
    const sources = { trace: wholeBytes(trace), blob: wholeBytes(blob) };
    const read = createUnitReader(network, running, input, sources);
    for (let element = 0; element < shapeOf(network, tensor).count; element++) {
      const value = toInt64(running.operator.unit(running.node, element, read));
      const bytes = unitBytes(network, { tensor, element }, value);
      right.set(bytes, tensorOffset(network, tensor) + element * bytes.length);
    }
  }
  return right;
}

const rootOf = (network: Network, bytes: Uint8Array): Uint8Array => traceTree(network, { bytes }).root;

describe('the vectors of networks', () => {
  it('cover every kind of layer', () => {
    const kinds = files
      .flatMap(casesOf)
      .flatMap((entry) => load(entry).header.operators.map(({ kind }) => kind));
    expect(OPERATOR_KINDS.filter((kind) => !kinds.includes(kind))).toEqual([]);
  });

  describe.each(files)('in %s', (file) => {
    it.each(casesOf(file).map((entry) => [entry.name, entry] as const))('%s', (_name, entry) => {
      const world = load(entry);
      const { header, network, blob, input, trace, hostile, right } = world;
      expect(serializeNetworkHeader(header)).toEqual(world.bytes);
      validateNetworkHeader(header, LIMITS);
      expect(blob.length).toBe(header.blobBytes);
      expect(hashBlob(blob)).toEqual(hexToBytes(entry.weightHash));
      const ran = runNetwork(network, blob, input);
      expect(ran.bytes).toEqual(trace);
      expect(rootOf(network, trace)).toEqual(hexToBytes(entry.traceRoot));
      expect(rootOf(network, hostile)).toEqual(hexToBytes(entry.hostileRoot));
      expect(follow(world, trace)).toEqual(trace);
      expect(follow(world, hostile)).toEqual(right);
      const last = network.tensorCount - 1;
      const size = sizeOf(shapeOf(network, last));
      expect(ran.output).toEqual(
        trace.subarray(tensorOffset(network, last), tensorOffset(network, last) + size),
      );
    });
  });

  it('give the same verdicts from witnesses', () => {
    for (const entry of files.flatMap(casesOf).filter((_, i) => i % 5 === 0)) {
      const { network, blob, input, hostile, right } = load(entry);
      const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
      const trace = { bytes: hostile, tree: traceTree(network, { bytes: hostile }) };
      const roots = { trace: trace.tree.root, blob: weights.tree.root };
      for (let leaf = 0; leaf < leafCountOf(network.traceBytes); leaf += 7) {
        const witness = createWitness(network, input, { leaf, element: 1 }, trace, weights);
        const verdict = judgeWitness(network, input, roots, witness);
        const start = leaf * 128 + verdict.right.length;
        expect(verdict.right, entry.name).toEqual(right.slice(start, start + verdict.right.length));
      }
    }
  });
});
