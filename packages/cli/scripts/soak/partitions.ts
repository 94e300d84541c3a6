import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesToHex } from '@aivm/core/bytes';
import { verifyDataDirectory } from '@aivm/node';
import { type Client, createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { startCluster } from '../../src/cluster/start-cluster.ts';
import { createDevnetGenesis } from '../../src/node/devnet-genesis.ts';
import { PartitionableNetwork } from './network-namespaces.ts';

const VALIDATORS = 4;
const BLOCK_TIME_MS = 300;
/** A block that was on its way when the network was cut may still come. */
const SETTLE_MS = 5_000;
const ASK_EVERY_MS = 300;

/** How long each state of the network lasts. */
export interface PartitionOptions {
  /** How long half of the validators hear nothing of the other half. */
  readonly halvesMs: number;
  /** Blocks that three go on without the fourth. */
  readonly blocksWithoutOne: number;
  /** How long the network may take to go on once it is whole again. */
  readonly patienceMs: number;
  readonly report: (text: string) => void;
}

/** What was seen. */
export interface PartitionResult {
  /** Heights of the validators when the network was cut into halves, and before it was healed. */
  readonly halves: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** From healing to the next block on all four. */
  readonly healedAfterMs: number;
  readonly withoutOne: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** From healing to the fourth being where the others are. */
  readonly caughtUpAfterMs: number;
  readonly payments: number;
  readonly height: number;
  /** Empty unless something is wrong. */
  readonly problems: readonly string[];
}

/** What the play works on. */
interface Stage {
  readonly clients: readonly Client[];
  readonly network: PartitionableNetwork;
  readonly options: PartitionOptions;
  readonly paid: { readonly hash: Uint8Array; readonly height: number }[];
}

const heightsOf = (clients: readonly Client[]): Promise<number[]> =>
  Promise.all(clients.map(async (client) => (await client.getHealth()).height));

async function until(
  { clients, options }: Stage,
  what: string,
  isDone: (heights: readonly number[]) => boolean,
): Promise<number[]> {
  const deadline = Date.now() + options.patienceMs;
  for (;;) {
    const heights = await heightsOf(clients);
    if (isDone(heights)) return heights;
    if (Date.now() > deadline) throw new Error(`never ${what}: heights ${heights.join(', ')}`);
    await sleep(ASK_EVERY_MS);
  }
}

/** Pays through one validator and waits until the payment is in a block. */
async function pay({ clients, paid }: Stage, through: number): Promise<void> {
  const [payer, payee] = developmentAccounts();
  const client = clients[through];
  if (client === undefined || payer === undefined || payee === undefined) throw new Error('nobody to pay');
  const sender = createSender({ client, wallet: payer });
  const { hash, height } = await sender.send({ kind: 'transfer', to: payee.addressBytes, amount: 1n });
  if (height === undefined) throw new Error('a payment in no block');
  paid.push({ hash, height });
}

async function cutInHalves(stage: Stage): Promise<Pick<PartitionResult, 'halves' | 'healedAfterMs'>> {
  const { clients, network, options } = stage;
  options.report('two and two: nobody may make a block');
  await network.split([0, 1]);
  await sleep(SETTLE_MS);
  const before = await heightsOf(clients);
  await sleep(options.halvesMs);
  const after = await heightsOf(clients);
  await network.heal();
  const healedAt = Date.now();
  await until(stage, 'on together after two and two', (heights) =>
    heights.every((height) => height > Math.max(...after)),
  );
  return { halves: { before, after }, healedAfterMs: Date.now() - healedAt };
}

async function cutOneOff(stage: Stage): Promise<Pick<PartitionResult, 'withoutOne' | 'caughtUpAfterMs'>> {
  const { clients, network, options } = stage;
  options.report('three and one: the three go on');
  await network.split([0, 1, 2]);
  await sleep(SETTLE_MS);
  const before = await heightsOf(clients);
  const goal = Math.max(...before) + options.blocksWithoutOne;
  await pay(stage, 0);
  const after = await until(
    stage,
    'on without the fourth',
    ([a = 0, b = 0, c = 0]) => Math.min(a, b, c) >= goal,
  );
  await network.heal();
  const healedAt = Date.now();
  await until(stage, 'caught up', (heights) => Math.min(...heights) >= Math.max(...after));
  return { withoutOne: { before, after }, caughtUpAfterMs: Date.now() - healedAt };
}

/** Every height that all four have must have one block, and every payment must be where it was acknowledged. */
async function compare({ clients, paid }: Stage, problems: string[]): Promise<number> {
  const common = Math.min(...(await heightsOf(clients)));
  for (let height = 1; height <= common; height++) {
    const blocks = await Promise.all(clients.map((client) => client.getBlock(height)));
    const ids = new Set(blocks.map(({ hash }) => bytesToHex(hash)));
    if (ids.size > 1) problems.push(`height ${height}: ${[...ids].join(', ')}`);
  }
  for (const { hash, height } of paid) {
    for (const client of clients) {
      const found = await client.getTransaction(hash).catch(() => undefined);
      if (found?.state === 'pending' || found?.height !== height)
        problems.push(`payment ${bytesToHex(hash)}: not in block ${height}`);
    }
  }
  return common;
}

/**
 * Cuts a network of four CometBFT validators, each in a network namespace of its own, into two and two, which must stop and
 * go on once healed, and into three and one, of which the three must go on and the fourth catch up.
 * @throws Error where the network does not do that.
 */
export async function playPartitions(options: PartitionOptions): Promise<PartitionResult> {
  const directory = await mkdtemp(join(tmpdir(), 'aivm-partitions-'));
  const genesis = createDevnetGenesis({
    ...{ timestamp: Math.floor(Date.now() / 1_000), blockTimeMs: BLOCK_TIME_MS, accounts: 2 },
  });
  const problems: string[] = [];
  const network = await PartitionableNetwork.create(VALIDATORS);
  try {
    const cluster = await startCluster({
      ...{ directory, genesis, validators: VALIDATORS, blockTimeMs: BLOCK_TIME_MS, restartAfterMs: 1_000 },
      places: network.places,
      env: process.env,
      report: options.report,
      signal: new AbortController().signal,
    });
    let result: Omit<PartitionResult, 'problems'>;
    try {
      const clients = cluster.urls.map((url) => createClient({ url, retriesMax: 0, timeoutMs: 60_000 }));
      const stage: Stage = { clients, network, options, paid: [] };
      await pay(stage, 3);
      const halves = await cutInHalves(stage);
      await pay(stage, 1);
      const one = await cutOneOff(stage);
      await pay(stage, 3);
      const height = await compare(stage, problems);
      result = { ...halves, ...one, payments: stage.paid.length, height };
    } finally {
      await cluster.stop();
    }
    const { before, after } = result.halves;
    if (before.join() !== after.join())
      problems.push(`halves made blocks: ${before.join()} → ${after.join()}`);
    const { withoutOne } = result;
    if (withoutOne.before[3] !== withoutOne.after[3]) problems.push('the fourth made blocks alone');
    for (const dataDir of cluster.dataDirectories) {
      await verifyDataDirectory({ dataDir, genesis }).catch((error: Error) => {
        problems.push(`${dataDir}: ${error.message}`);
      });
    }
    return { ...result, problems };
  } finally {
    await network.remove();
    await rm(directory, { recursive: true, force: true });
  }
}
