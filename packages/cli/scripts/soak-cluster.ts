/**
 * Kills random processes of a network of four CometBFT validators with SIGKILL while payments come in through random nodes:
 * an application, an engine, or both of one validator, also while another one is still away. In the end every payment
 * must have taken effect exactly once, every height must have one block on all four, and each database must replay.
 *
 * --minutes spreads the kills over that time. --partitions plays no kills: it cuts the network into two and two and into
 * three and one, each validator in a network namespace of its own.
 *
 *   npm run soak:cluster -- --kills 30 --seed 1
 *   npm run soak:cluster -- --partitions
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bytesToHex } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { signTransaction, type Transaction } from '@aivm/core/tx';
import { verifyDataDirectory } from '@aivm/node';
import { createClient, developmentAccounts } from '@aivm/sdk';
import { startCluster } from '../src/cluster/start-cluster.ts';
import { createDevnetGenesis } from '../src/node/devnet-genesis.ts';
import { whyNoNamespaces } from './soak/network-namespaces.ts';
import { playPartitions } from './soak/partitions.ts';
import { createRandom } from './soak/random.ts';

const VALIDATORS = 4;
const BLOCK_TIME_MS = 300;
const RESTART_AFTER_MS = 1_500;
/** Least and most time between two kills. */
const PAUSE_MS = [1_000, 6_000] as const;
const PAY_EVERY_MS = 150;
const END_TIMEOUT_MS = 180_000;
const AMOUNT = 3n;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    partitions: { type: 'boolean' },
  },
});
if (values.partitions === true) {
  const why = await whyNoNamespaces();
  if (why !== undefined) {
    process.stdout.write(`skipped: ${why}\n`);
    process.exit(0);
  }
  const report = (text: string): void => void process.stderr.write(`${text}\n`);
  const result = await playPartitions({
    ...{ halvesMs: 30_000, blocksWithoutOne: 50, patienceMs: 300_000, report },
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(result.problems.length === 0 ? 0 : 1);
}
const kills = Number(values.kills);
/** Between two kills. */
const [leastMs, mostMs] =
  values.minutes === undefined
    ? PAUSE_MS
    : [PAUSE_MS[0], (120_000 * Number(values.minutes)) / kills - PAUSE_MS[0]];
const random = createRandom(Number(values.seed));
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const directory = await mkdtemp(join(tmpdir(), 'aivm-soak-cluster-'));
const accounts = developmentAccounts();
const payee = privateKeyToAddress(keccak256(Uint8Array.of(0x70)));
const genesis = createDevnetGenesis({
  timestamp: Math.floor(Date.now() / 1_000),
  blockTimeMs: BLOCK_TIME_MS,
  accounts: accounts.length,
});
const problems: string[] = [];
const counts = { application: 0, engine: 0, both: 0 };
const interruption = new AbortController();
process.on('SIGINT', () => interruption.abort());
process.on('SIGTERM', () => interruption.abort());

const cluster = await startCluster({
  ...{ directory, genesis, validators: VALIDATORS, blockTimeMs: BLOCK_TIME_MS },
  restartAfterMs: RESTART_AFTER_MS,
  env: process.env,
  report: () => undefined,
  signal: interruption.signal,
});
const clients = cluster.urls.map((url) => createClient({ url, timeoutMs: 5_000, retriesMax: 0 }));
const { chain_id: chainId, genesis_hash: genesisHash } = await pick(clients).getConfig();
const payments: Transaction[] = [];
const nonces = accounts.map(() => 0n);

/** Signs the next payment of a random account. */
function sign(): Transaction {
  const index = Math.floor(random() * accounts.length);
  const wallet = accounts[index] as (typeof accounts)[number];
  const nonce = nonces[index] as bigint;
  nonces[index] = nonce + 1n;
  const operation = { kind: 'transfer', to: payee, amount: AMOUNT } as const;
  const unsigned = { chainId, genesisHash, nonce, expiry: 0n, operation };
  const payment = signTransaction(unsigned, wallet.exportPrivateKey());
  payments.push(payment);
  return payment;
}

/** Pays through random nodes; an answer that does not come is seen to in the end. */
async function payUntil(stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await pick(clients)
      .submitTransaction(sign())
      .catch(() => undefined);
    await sleep(PAY_EVERY_MS);
  }
}

function killOne(): void {
  const { app, engine } = pick(cluster.pids());
  const part = pick(['application', 'engine', 'both'] as const);
  const victims = part === 'application' ? [app] : part === 'engine' ? [engine] : [app, engine];
  counts[part]++;
  for (const pid of victims) if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/** Posts again, in order, what is in no block, until all are. */
async function settle(): Promise<void> {
  const deadline = Date.now() + END_TIMEOUT_MS;
  let open: readonly Transaction[] = payments;
  while (open.length > 0) {
    if (interruption.signal.aborted || Date.now() > deadline) {
      problems.push(`${open.length} of ${payments.length} payments are in no block`);
      return;
    }
    const client = pick(clients);
    const left: Transaction[] = [];
    for (const payment of open) {
      const place = await client.getTransaction(payment.id).catch(() => undefined);
      if (place?.state === 'final' && place.code === '') continue;
      left.push(payment);
      if (place === undefined) await client.submitTransaction(payment).catch(() => undefined);
    }
    open = left;
    await sleep(BLOCK_TIME_MS);
  }
}

/** The height that all four have reached; each of its heights must have one block. */
async function compareBlocks(): Promise<number> {
  const heights = await Promise.all(clients.map(async (client) => (await client.getHealth()).height));
  const common = Math.min(...heights);
  for (let height = 0; height <= common; height++) {
    const blocks = await Promise.all(clients.map((client) => client.getBlock(height)));
    const ids = new Set(blocks.map(({ hash }) => bytesToHex(hash)));
    if (ids.size > 1) problems.push(`height ${height}: ${[...ids].join(', ')}`);
  }
  return common;
}

/** What the payee has, on each node that is as far as all payments. */
async function comparePayee(): Promise<void> {
  const expected = AMOUNT * BigInt(payments.length);
  const deadline = Date.now() + END_TIMEOUT_MS;
  for (const [index, client] of clients.entries()) {
    let balance = -1n;
    while (balance !== expected && Date.now() < deadline) {
      balance = await client.getAccount(payee).then(
        (account) => account.balance,
        () => -1n,
      );
      if (balance > expected) break;
      await sleep(BLOCK_TIME_MS);
    }
    if (balance !== expected)
      problems.push(`validator ${index + 1}: the payee has ${balance}, not ${expected}`);
  }
}

const startedAt = Date.now();
let height = 0;
try {
  const stop = new AbortController();
  const paying = payUntil(stop.signal);
  for (let kill = 1; kill <= kills && !interruption.signal.aborted; kill++) {
    await sleep(leastMs + random() * (mostMs - leastMs));
    killOne();
    if (kill % 10 === 0) process.stderr.write(`${kill}/${kills} kills, ${payments.length} payments\n`);
  }
  stop.abort();
  await paying;
  await settle();
  await comparePayee();
  height = await compareBlocks();
} finally {
  await cluster.stop();
}
for (const dataDir of cluster.dataDirectories) {
  await verifyDataDirectory({ dataDir, genesis }).catch((error: Error) => {
    problems.push(`${dataDir}: ${error.message}`);
  });
}
for (const problem of problems) process.stderr.write(`PROBLEM ${problem}\n`);
const seconds = Math.round((Date.now() - startedAt) / 1_000);
process.stdout.write(
  `${JSON.stringify({ kills: counts, payments: payments.length, height, problems: problems.length, seconds })}\n`,
);
if (problems.length === 0) await rm(directory, { recursive: true, force: true });
else process.stderr.write(`kept: ${directory}\n`);
process.exit(problems.length === 0 ? 0 : 1);
