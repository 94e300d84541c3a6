import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { equalBytes } from '@aivm/core/bytes';
import { recoverAddress } from '@aivm/core/crypto';
import { hashTransaction, type Transaction } from '@aivm/core/tx';
import { installCrypto, type OpenedNode, openNode, TransactionCache } from '@aivm/node';
import { type Machine, medianOf, thisMachine, timed, timedWall } from './measure.ts';
import { createPipelineLoad, LOAD_NAMES, type LoadName, type PipelineLoad } from './pipeline-load.ts';

/** What happens to a transaction, in order; `signature` is the baseline and no step of its own, `whole` the sum of the others. */
const PIPELINE_STAGES = ['signature', 'decode', 'pool', 'build', 'verify', 'commit', 'whole'] as const;
type Stage = (typeof PIPELINE_STAGES)[number];

/** One stage at one size of blocks. */
export interface PipelineRow {
  readonly kernel: Stage;
  /** What the blocks carry. */
  readonly engine: LoadName;
  /** How many a block carries. */
  readonly transactions: number;
  /** Median over the blocks, per transaction. */
  readonly nsPerOp: number;
  /** The same per block. */
  readonly msPerBlock: number;
  /** Transactions a second, were there this stage alone. */
  readonly perSecond: number;
  /** Time of recovering the signatures of the same transactions, divided by this stage's. */
  readonly ratio: number;
}

/** What one run measured. */
export interface PipelineReport {
  readonly machine: Machine;
  /** Transactions that were measured. */
  readonly entries: number;
  /** Who recovers signatures: the native addon or the portable implementation. */
  readonly secp256k1: string;
  readonly rows: readonly PipelineRow[];
}

/** How to run the benchmark. */
export interface BenchPipelineParameters {
  /** Small and quick: shows that everything runs, not how fast it is. */
  readonly smoke: boolean;
  /** Called after every block; what it throws ends the run. */
  readonly onBlock?: (transactions: number, load: LoadName) => void;
}

type Times = Record<Stage, number>;

interface Bench extends Pick<OpenedNode, 'node' | 'store'> {
  /** What the node parses with, so that a transaction decoded here is not decoded again in the pool. */
  readonly cache: TransactionCache;
  readonly load: PipelineLoad;
}

/** The blocks of one load and size, with what they took. */
interface Series {
  readonly bench: Bench;
  readonly size: number;
  readonly times: Times[];
}

const FULL = { sizes: [10, 100, 1_000], warmUp: 2, rounds: 9 } as const;
const SMOKE = { sizes: [2, 10], warmUp: 0, rounds: 1 } as const;
const SIGNATURE_BYTES = 65;

function recoverAll(signed: readonly { readonly digest: Uint8Array; readonly tx: Transaction }[]): void {
  for (const { digest, tx } of signed) {
    const address = recoverAddress(digest, tx.bytes.subarray(-SIGNATURE_BYTES));
    if (!equalBytes(address, tx.sender)) throw new Error('a signature gave another address');
  }
}

/** Takes the transactions all the way into the store; nanoseconds of every stage. */
async function measureBlock({ node, cache }: Bench, transactions: readonly Transaction[]): Promise<Times> {
  const signed = transactions.map((tx) => ({ tx, digest: hashTransaction(tx) }));
  const [signature] = timed(() => recoverAll(signed));
  const [decode] = timed(() => {
    for (const { bytes } of transactions) cache.parse(bytes);
  });
  const [pool] = timed(() => {
    for (const { bytes } of transactions) node.submitTransaction(bytes);
  });
  const [build, block] = timed(() => node.port.propose(node.lastAccepted().header.timestamp + 1));
  const [verify] = timed(() => node.port.verify(block));
  const [commit, { outcomes }] = await timedWall(() => node.port.accept(block.id));
  const taken = outcomes.filter(({ code }) => code === '').length;
  if (taken !== transactions.length) {
    throw new Error(`${taken} of ${transactions.length} transactions took effect`);
  }
  const whole = decode + pool + build + verify + commit;
  return { signature, decode, pool, build, verify, commit, whole };
}

function rowsOf({ bench, size, times }: Series): readonly PipelineRow[] {
  const median = (stage: Stage): number => medianOf(times.map((time) => time[stage]));
  return PIPELINE_STAGES.map((kernel) => {
    const nsPerOp = median(kernel) / size;
    return {
      kernel,
      engine: bench.load.name,
      transactions: size,
      nsPerOp: Math.round(nsPerOp),
      msPerBlock: median(kernel) / 1e6,
      perSecond: Math.round(1e9 / nsPerOp),
      ratio: median('signature') / median(kernel),
    };
  });
}

async function measure(
  benches: readonly Bench[],
  { smoke, onBlock }: BenchPipelineParameters,
): Promise<readonly Series[]> {
  const { sizes, warmUp, rounds } = smoke ? SMOKE : FULL;
  const series = benches.flatMap((bench) => sizes.map((size): Series => ({ bench, size, times: [] })));
  // Every round makes a block of each, so that a noisy moment strikes all.
  for (let round = -warmUp; round < rounds; round++) {
    for (const { bench, size, times } of series) {
      const time = await measureBlock(bench, bench.load.sign(size));
      if (round >= 0) times.push(time);
      onBlock?.(size, bench.load.name);
    }
  }
  return series;
}

async function openBench(name: LoadName, directory: string): Promise<Bench> {
  const [cache, load] = [new TransactionCache(), createPipelineLoad(name)];
  const { node, store } = await openNode({
    dataDir: join(directory, name),
    genesis: load.genesis,
    engine: { parseTransaction: cache.parse },
    // A node does not execute its own blocks again, but those of others, and that is what is measured.
    verifyOwnBlocks: true,
  });
  return { node, store, cache, load };
}

/**
 * Measures how many transactions a second go through a node's own parts, one stage after the other, from bytes to a
 * synced store in a temporary directory, which it removes. Some minutes, seconds with `smoke`.
 */
export async function benchPipeline(parameters: BenchPipelineParameters): Promise<PipelineReport> {
  const { secp256k1 } = installCrypto();
  const directory = await mkdtemp(join(tmpdir(), 'aivm-bench-pipeline-'));
  const benches: Bench[] = [];
  try {
    for (const name of LOAD_NAMES) benches.push(await openBench(name, directory));
    const series = await measure(benches, parameters);
    const entries = series.reduce((sum, { size, times }) => sum + size * times.length, 0);
    return { machine: thisMachine(), entries, secp256k1, rows: series.flatMap(rowsOf) };
  } finally {
    for (const { store } of benches) await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}
