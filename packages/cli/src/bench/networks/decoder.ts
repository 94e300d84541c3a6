import { type NetworkEngine, readNetworkBlob, readNetworkFiles } from '@aivm/backends';
import { createNetwork, traceTree } from '@aivm/core/network';
import { processorSeconds } from './processor-time.ts';

/** What a decoder takes on one engine. */
export interface DecoderRow {
  readonly engine: string;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Of a watcher: one pass over the finished text ÷ generating it. */
  readonly passOfGeneration: number;
  /** Under a challenge: the tree over the trace ÷ the pass that makes the trace. */
  readonly treeOfPass: number;
  readonly traceBytes: number;
}

const PROMPT = 'The king said to the';
const NO_BYTES = new Uint8Array(0);

/** Writes `count` tokens, then does what a watcher and a challenged provider do with the text. */
async function measure(engine: NetworkEngine, directory: string, count: number): Promise<DecoderRow> {
  const files = await readNetworkFiles(directory);
  const { header } = files;
  const network = engine.load(header, await readNetworkBlob(files));
  const prompt = Uint32Array.from(new TextEncoder().encode(PROMPT), (byte) => byte % header.vocabulary);
  // What compiles at first use is not counted.
  for await (const _ of network.generate(prompt, count));
  const tokens = [...prompt];
  const startedAt = processorSeconds();
  for await (const token of network.generate(prompt, count)) tokens.push(token);
  const generation = processorSeconds() - startedAt;
  const N = tokens.length - prompt.length;
  const text = createNetwork(header, { T: tokens.length - 1, N });
  const input = { bytes: NO_BYTES, tokens: Uint32Array.from(tokens) };
  const passedAt = processorSeconds();
  const trace = await network.pass({ network: text, input });
  const pass = processorSeconds() - passedAt;
  const hashedAt = processorSeconds();
  traceTree(text, trace);
  const hashing = processorSeconds() - hashedAt;
  return {
    engine: engine.name,
    tokens: N,
    tokensPerSecond: N / generation,
    passOfGeneration: pass / generation,
    treeOfPass: hashing / pass,
    traceBytes: text.traceBytes,
  };
}

/** A decoder on every engine. */
export async function benchDecoder(
  { engines, directory, smoke }: DecoderParameters,
  onRow: (row: DecoderRow) => void,
): Promise<readonly DecoderRow[]> {
  const rows: DecoderRow[] = [];
  for (const engine of engines) {
    const row = await measure(engine, directory, smoke ? 2 : 100);
    onRow(row);
    rows.push(row);
  }
  return rows;
}

export interface DecoderParameters {
  readonly engines: readonly NetworkEngine[];
  /** With NAME.header and NAME.blob of a decoder. */
  readonly directory: string;
  readonly smoke: boolean;
}
