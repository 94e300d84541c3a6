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

/** Processor seconds of the shortest of some rounds, and what the last of them gave. */
async function shortest<T>(rounds: number, run: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  let seconds = Number.POSITIVE_INFINITY;
  for (;;) {
    const startedAt = processorSeconds();
    const value = await run();
    seconds = Math.min(seconds, processorSeconds() - startedAt);
    if (--rounds <= 0) return { seconds, value };
  }
}

/** Writes `count` tokens, then does what a watcher and a challenged provider do with the text. */
async function measure(
  engine: NetworkEngine,
  directory: string,
  { count, rounds }: { readonly count: number; readonly rounds: number },
): Promise<DecoderRow> {
  const files = await readNetworkFiles(directory);
  const { header } = files;
  const network = engine.load(header, await readNetworkBlob(files));
  const prompt = Uint32Array.from(new TextEncoder().encode(PROMPT), (byte) => byte % header.vocabulary);
  const generation = await shortest(rounds, async () => {
    const posted: number[] = [];
    for await (const token of network.generate(prompt, count)) posted.push(token);
    return posted;
  });
  const tokens = Uint32Array.from([...prompt, ...generation.value]);
  const N = generation.value.length;
  const text = createNetwork(header, { T: tokens.length - 1, N });
  const input = { bytes: NO_BYTES, tokens };
  const pass = await shortest(rounds, () => network.pass({ network: text, input }));
  const tree = await shortest(1, async () => traceTree(text, pass.value));
  return {
    engine: engine.name,
    tokens: N,
    tokensPerSecond: N / generation.seconds,
    passOfGeneration: pass.seconds / generation.seconds,
    treeOfPass: tree.seconds / pass.seconds,
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
    const row = await measure(engine, directory, smoke ? { count: 2, rounds: 1 } : { count: 100, rounds: 4 });
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
