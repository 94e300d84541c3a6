import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { hashGenesis, parseGenesis } from '@aivm/core/execute';
import { signTransaction } from '@aivm/core/tx';
import { createNode, followerHost, type Node } from '@aivm/node';

// How fast a follower replays the history of another node, both on this machine, with LevelDB and fsync, over HTTP.
// Run with: npx tsx --conditions=aivm-source bench/follow.ts [--blocks 10000] [--transactions 1] [--rounds 1] [--json]
const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '10000' },
    transactions: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean' },
  },
});
const [blocks, perBlock, rounds] = [values.blocks, values.transactions, values.rounds].map(Number) as [
  number,
  number,
  number,
];

const TIMESTAMP = 1_700_000_000;
const CHAIN_ID = 7n;
const key = keccak256(Uint8Array.of(1));
const to = privateKeyToAddress(keccak256(Uint8Array.of(2)));
const allocations = {
  [`0x${Buffer.from(privateKeyToAddress(key)).toString('hex')}`]: (10n ** 24n).toString(),
};
const genesis = parseGenesis({
  version: 1,
  message: 'bench',
  timestamp: TIMESTAMP,
  chainId: CHAIN_ID,
  params: { development: true },
  allocations,
});
const genesisHash = hashGenesis(genesis);

/** Writes the history: payments, `perBlock` in every block. Gives seconds. */
async function writeHistory({ api: { port } }: Node): Promise<number> {
  const startedAt = performance.now();
  let nonce = 0n;
  for (let height = 1; height <= blocks; height++) {
    const transactions = Array.from({ length: perBlock }, () =>
      signTransaction(
        {
          chainId: CHAIN_ID,
          genesisHash,
          nonce: nonce++,
          expiry: 0n,
          operation: { kind: 'transfer', to, amount: 1n },
        },
        key,
      ),
    );
    const { block } = port.assemble({ transactions, timestamp: TIMESTAMP + height });
    port.verify(block);
    await port.accept(block.id);
  }
  return (performance.now() - startedAt) / 1_000;
}

/** Follows it from genesis on. Gives seconds. */
async function follow(source: Node, dataDir: string): Promise<number> {
  const startedAt = performance.now();
  const url = source.http?.url ?? '';
  const follower = await createNode({
    genesis,
    dataDir,
    host: followerHost({ sources: [url] }),
    blobBytesMax: 0,
  });
  try {
    for (let height = 0; height < blocks; ) {
      height = await follower.api.waitForBlock(height, { timeoutMs: 60_000 });
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const [own, theirs] = [follower, source].map(({ api }) =>
      Buffer.from(api.lastAccepted().id).toString('hex'),
    );
    if (own !== theirs) throw new Error(`the follower has ${own}, its source ${theirs}`);
    return seconds;
  } finally {
    await follower.close();
  }
}

const directory = await mkdtemp(join(tmpdir(), 'aivm-bench-follow-'));
const source = await createNode({
  genesis,
  dataDir: join(directory, 'source'),
  host: 'none',
  http: { port: 0 },
});
try {
  const wrote = await writeHistory(source);
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++)
    seconds.push(await follow(source, join(directory, `${round}`)));
  const median = [...seconds].sort((left, right) => left - right)[rounds >> 1] ?? 0;
  const report = {
    machine: cpus()[0]?.model,
    cores: cpus().length,
    load: loadavg()[0],
    blocks,
    transactionsPerBlock: perBlock,
    writeSeconds: wrote,
    followSeconds: median,
    blocksPerSecond: blocks / median,
    /** Against making the same blocks with their signatures, in the same run. */
    ratio: wrote / median,
  };
  if (values.json === true) console.log(JSON.stringify(report));
  else {
    console.log(`${report.machine}, ${report.cores} cores, load ${report.load?.toFixed(1)}`);
    console.log(`${blocks} blocks of ${perBlock} payments: made in ${wrote.toFixed(1)} s`);
    console.log(
      `followed in ${median.toFixed(1)} s: ${report.blocksPerSecond.toFixed(0)} blocks/s, ${report.ratio.toFixed(2)} of the rate at which they were made`,
    );
  }
} finally {
  await source.close();
  await rm(directory, { recursive: true, force: true });
}
