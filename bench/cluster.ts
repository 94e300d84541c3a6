import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bytesToHex } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { hashGenesis } from '@aivm/core/execute';
import { signTransaction } from '@aivm/core/tx';
import { readGenesis } from '@aivm/node';
import { type ClusterPlan, createCluster } from '../packages/cli/src/cluster/cluster-plan.ts';
import { findEngine } from '../packages/cli/src/cluster/find-engine.ts';
import { ValidatorProcesses } from '../packages/cli/src/cluster/validator-processes.ts';

// Durable signed transactions a second and finality of four aivm validators, beside CometBFT's own kvstore under the same
// engines and configuration on the same machine, one after the other in the same run; the load is a process of its own.
// Run with: npm run bench:cluster -- [--seconds 30] [--rounds 2] [--app kvstore] [--block-time 100] [--json]
// --wait signs everything and then waits for a line on stdin, for a machine that is to be quiet only while it is measured.
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    app: { type: 'string', default: 'kvstore' },
    'block-time': { type: 'string', default: '100' },
    'per-sender': { type: 'string', default: '1000' },
    wait: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const VALIDATORS = 4;
const SENDERS = 32;
/** CometBFT's `max_request_batch_size`. */
const BATCH = 10;
const blockTimeMs = Number(values['block-time']);
const LOAD = fileURLToPath(new URL('./cluster/load.ts', import.meta.url));

interface Measured {
  readonly perSecond: number;
  readonly blocksPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly transactions: number;
  readonly sendersOut: number;
  readonly refused: number;
}

const keys = Array.from({ length: SENDERS }, (_, i) => keccak256(Uint8Array.of(0x62, i)));
const genesis = JSON.stringify({
  version: 1,
  message: 'bench',
  timestamp: Math.floor(Date.now() / 1_000) - 1,
  params: { development: true, minBlockIntervalMs: blockTimeMs },
  allocations: Object.fromEntries(
    keys.map((key) => [`0x${bytesToHex(privateKeyToAddress(key))}`, (10n ** 24n).toString()]),
  ),
});
const parsed = readGenesis(genesis);
const chain = { chainId: parsed.chainId, genesisHash: hashGenesis(parsed) };
const transfer = { kind: 'transfer', to: new Uint8Array(20).fill(1), amount: 1n } as const;

/** Signed once: every round begins its chain anew. */
const signed = keys.map((key) =>
  Array.from({ length: Number(values['per-sender']) }, (_, nonce) => {
    const { bytes } = signTransaction(
      { ...chain, nonce: BigInt(nonce), expiry: 0n, operation: transfer },
      key,
    );
    return Buffer.from(bytes).toString('base64');
  }),
);
const transactionBytes = Buffer.from(signed[0]?.at(-1) ?? '', 'base64').length;

const rpcOf = ({ validators }: ClusterPlan): readonly string[] =>
  validators.map(({ rpcPort }) => `http://127.0.0.1:${rpcPort}`);

/** Waits until the engines make blocks. */
async function untilHeight(rpc: string, height: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const answer = await fetch(`${rpc}/status`)
      .then((response) => response.json())
      .catch(() => undefined);
    const at = Number(
      (answer as { result?: { sync_info?: { latest_block_height?: string } } } | undefined)?.result?.sync_info
        ?.latest_block_height ?? 0,
    );
    if (at >= height) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${rpc}: no block ${height} within two minutes`);
}

interface Load {
  readonly begin: () => Promise<Measured>;
  readonly child: ChildProcess;
}

/** Starts the load, which signs; it sends when it is told to. */
async function startLoad(directory: string, plan: ClusterPlan, isOurs: boolean): Promise<Load> {
  const path = join(directory, 'load.json');
  const content = {
    rpcUrls: rpcOf(plan),
    warmupMs: Number(values.warmup) * 1_000,
    measureMs: Number(values.seconds) * 1_000,
    batchSize: BATCH,
    transactionBytes,
    senderCount: SENDERS,
    ...(isOurs ? { signedFile } : {}),
  };
  await writeFile(path, JSON.stringify(content));
  const child = spawn(process.execPath, [...process.execArgv, LOAD, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the load ended early');
    return value;
  };
  await next();
  const begin = async (): Promise<Measured> => {
    child.stdin.write('go\n');
    return JSON.parse(await next()) as Measured;
  };
  return { begin, child };
}

async function startOurs(plan: ClusterPlan, enginePath: string): Promise<() => Promise<void>> {
  const validators = plan.validators.map(
    (validator) =>
      new ValidatorProcesses(validator, {
        enginePath,
        genesisFile: plan.genesisFile,
        restartAfterMs: 1_000,
        snapshotEvery: 0,
        report: (text) => process.stderr.write(`${text}\n`),
      }),
  );
  for (const validator of validators) validator.start();
  return async () => {
    await Promise.all(validators.map((validator) => validator.stop()));
  };
}

async function startKvstore(plan: ClusterPlan, enginePath: string): Promise<() => Promise<void>> {
  const engines = plan.validators.map(({ engineHome, engineLog }) => {
    const log = openSync(engineLog, 'a');
    const args = ['start', '--home', engineHome, '--proxy_app', values.app];
    const child = spawn(enginePath, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    return child;
  });
  return async () => {
    const ended = engines.map((child) => new Promise((resolve) => child.once('close', resolve)));
    for (const child of engines) child.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const child of engines) child.kill('SIGKILL');
    }, 10_000);
    await Promise.all(ended);
    clearTimeout(timer);
  };
}

async function measure(isOurs: boolean, root: string, round: number): Promise<Measured> {
  const directory = join(root, `${isOurs ? 'aivm' : 'kvstore'}-${round}`);
  await mkdir(directory);
  const engine = await findEngine(undefined, process.env);
  const plan = await createCluster({
    ...{ directory, validators: VALIDATORS, genesis, blockTimeMs, httpPort: 0, enginePort: 0 },
  });
  const load = await startLoad(directory, plan, isOurs);
  const stop = await (isOurs ? startOurs : startKvstore)(plan, engine.path);
  try {
    await untilHeight(rpcOf(plan)[0] ?? '', 3);
    return await load.begin();
  } finally {
    load.child.kill('SIGKILL');
    await stop();
  }
}

const root = await mkdtemp(join(tmpdir(), 'aivm-bench-cluster-'));
const signedFile = join(root, 'signed.json');
await writeFile(signedFile, JSON.stringify(signed));
process.stderr.write(`${SENDERS * Number(values['per-sender'])} transactions are signed\n`);
if (values.wait === true) await new Promise((resolve) => process.stdin.once('data', resolve));
const all: { ours: Measured; kvstore: Measured; ratio: number }[] = [];
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    const kvstore = await measure(false, root, round);
    const ours = await measure(true, root, round);
    all.push({ ours, kvstore, ratio: ours.perSecond / kvstore.perSecond });
    process.stderr.write(`${JSON.stringify(all.at(-1))}\n`);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] };
if (values.json === true) process.stdout.write(`${JSON.stringify({ machine, blockTimeMs, rounds: all })}\n`);
else {
  const show = (name: string, { perSecond, blocksPerSecond, p50Ms, p99Ms }: Measured): string =>
    `${name.padEnd(10)}${perSecond.toFixed(0).padStart(8)} tx/s ${blocksPerSecond.toFixed(2).padStart(6)} blocks/s   final after ${p50Ms.toFixed(0)} ms (p50), ${p99Ms.toFixed(0)} ms (p99)`;
  process.stdout.write(`${machine.cores} × ${machine.cpu}, load ${machine.load?.toFixed(1)}\n`);
  for (const { ours, kvstore, ratio } of all) {
    process.stdout.write(`${show(values.app, kvstore)}\n${show('aivm', ours)}\nratio ${ratio.toFixed(2)}\n`);
  }
}
