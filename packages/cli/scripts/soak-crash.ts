/**
 * Kills a node with SIGKILL again and again under load and restarts it on the same directory. Whatever it called
 * accepted must still be there, every block must replay, and providers and watcher must go on by themselves.
 *
 *   npx tsx --conditions aivm-source packages/cli/scripts/soak-crash.ts --rounds 200
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hexToBytes } from '@aivm/core/bytes';
import { readWdbcRows } from '../src/wdbc-data.ts';
import { type Acknowledged, type LoadOptions, readJson, runLoad } from './soak/load.ts';
import { freePort, type SoakProcess, startAivm } from './soak/processes.ts';

const START_TIMEOUT_MS = 60_000;
const DRAIN_TIMEOUT_MS = 120_000;
/** A life ends at the latest so long after its start, acknowledgement or not. */
const LIFE_MS_MAX = 20_000;

/**
 * When the node is killed: while a batch is being verified and written, at the very moment of a reply, or at any time.
 * Rounds take turns.
 */
const MOMENTS = ['in flight', 'at a reply', 'at any time'] as const;
type Moment = (typeof MOMENTS)[number];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    'verify-every': { type: 'string', default: '25' },
    'batch-size': { type: 'string', default: '8' },
    keep: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const verifyEvery = Number(values['verify-every']);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const directory = await mkdtemp(join(tmpdir(), 'aivm-soak-'));
const dataDirectory = join(directory, 'data');
const port = await freePort();
const rpc = `http://127.0.0.1:${port}/rpc`;
const acknowledged = new Map<string, Acknowledged>();
/** Acknowledged, and not looked for since the node that did so was killed. */
const unchecked: Acknowledged[] = [];
const problems: string[] = [];
const running = new Set<SoakProcess>();

function start(args: readonly string[]): SoakProcess {
  const started = startAivm(args);
  running.add(started);
  void started.ended.then(() => running.delete(started));
  return started;
}

async function startDevnet() {
  const args = ['--port', String(port), '--data-dir', dataDirectory, '--block-time', '50ms'];
  const devnet = start(['devnet', ...args, '--json']);
  const [line] = await devnet.waitFor(/^\{"event":"listening".*\}$/m, START_TIMEOUT_MS);
  const ready = JSON.parse(line) as {
    chainId: number;
    genesisHash: string;
    accounts: readonly { address: string; privateKey: string }[];
  };
  return { devnet, ready };
}

async function checkKept(some: Iterable<Acknowledged>): Promise<void> {
  for (const { hash, height } of some) {
    const place = await readJson(`${rpc}/tx/${hash}`).catch((error: Error) => ({
      state: error.message,
      height: -1,
    }));
    const isKept = (place.state === 'accepted' || place.state === 'final') && place.height === height;
    if (!isKept)
      problems.push(
        `transaction ${hash} of block ${height} is now: ${String(place.state)} ${String(place.height)}`,
      );
  }
}

async function verifyDirectory(): Promise<void> {
  const verify = start(['verify-db', dataDirectory, '--json']);
  const code = await verify.ended;
  if (code !== 0) problems.push(`verify-db exited with ${code}:\n${verify.tail()}`);
}

function report(round: number, detail: string): void {
  process.stderr.write(
    `round ${round}/${rounds}: ${acknowledged.size} acknowledged, ${problems.length} lost or wrong; ${detail}\n`,
  );
}

/** Resolves when it is time to kill, once the load has got an acknowledgement in this life. */
function createTrigger(moment: Moment) {
  let acknowledgements = 0;
  let pull: () => void = () => {};
  const time = new Promise<void>((resolve) => {
    pull = resolve;
  });
  const pullIn = (ms: number) => void setTimeout(pull, Math.random() * ms);
  return {
    time: Promise.race([time, sleep(LIFE_MS_MAX)]),
    onPosted: () => {
      if (acknowledgements > 0 && moment === 'in flight') pullIn(100);
    },
    onAcknowledged: () => {
      acknowledgements += 1;
      if (moment === 'at a reply' && acknowledgements > Math.random() * 40) pull();
      if (moment === 'at any time' && acknowledgements === 1) pullIn(1_000);
    },
  };
}

/** One life of the node: start, look for what earlier lives acknowledged, load, kill. */
async function runRound(round: number, inputs: readonly Uint8Array[]): Promise<void> {
  const moment = MOMENTS[round % MOMENTS.length] as Moment;
  const { devnet, ready } = await startDevnet();
  await checkKept(unchecked.splice(0));
  const requester = ready.accounts[0] as (typeof ready.accounts)[number];
  const options: LoadOptions = {
    rpc,
    chainId: BigInt(ready.chainId),
    genesisHash: hexToBytes(ready.genesisHash.slice(2)),
    ...requester,
    label: `round${round}`,
    inputs,
    batchSize: Number(values['batch-size']),
  };
  const stop = new AbortController();
  const trigger = createTrigger(moment);
  let inThisLife = 0;
  const load = runLoad(options, stop.signal, {
    onPosted: trigger.onPosted,
    onAcknowledged: (transaction) => {
      acknowledged.set(transaction.hash, transaction);
      unchecked.push(transaction);
      inThisLife += 1;
      trigger.onAcknowledged();
    },
  });
  await Promise.race([trigger.time, devnet.ended]);
  if (devnet.child.exitCode !== null) problems.push(`the node ended by itself:\n${devnet.tail()}`);
  devnet.child.kill('SIGKILL');
  await devnet.ended;
  stop.abort();
  await load;
  if (round % verifyEvery === 0) await verifyDirectory();
  report(round, `${inThisLife} in this life, killed ${moment}`);
}

async function drain(): Promise<Record<string, unknown>> {
  const deadline = Date.now() + DRAIN_TIMEOUT_MS;
  let stats = await readJson(`${rpc}/stats`);
  while (Number(stats.tasks_open) > 0 && Date.now() < deadline) {
    await sleep(250);
    stats = await readJson(`${rpc}/stats`);
  }
  if (Number(stats.tasks_open) > 0)
    problems.push(`${String(stats.tasks_open)} tasks have not ended after the last restart`);
  return stats;
}

const startedAt = Date.now();
const rows = await readWdbcRows();
const inputs = rows.map((row) => row.input);
const workers: SoakProcess[] = [];

try {
  for (let round = 1; round <= rounds; round++) {
    if (round === 1) {
      const node = ['--node', `http://127.0.0.1:${port}`, '--json'];
      workers.push(start(['provider', '--id', 'soak-1', '--dev', '1', '--gpus', '16', ...node]));
      workers.push(start(['provider', '--id', 'soak-2', '--dev', '2', '--gpus', '16', ...node]));
      workers.push(start(['watch', '--dev', '5', ...node]));
    }
    await runRound(round, inputs);
    if (workers.some(({ child }) => child.exitCode !== null)) {
      const gone = workers.filter(({ child }) => child.exitCode !== null).map((worker) => worker.tail());
      throw new Error(`a worker did not survive the node:\n${gone.join('\n')}`);
    }
  }
  const { devnet } = await startDevnet();
  await checkKept(acknowledged.values());
  const stats = await drain();
  for (const worker of workers) worker.child.kill('SIGTERM');
  const workerCodes = await Promise.all(workers.map(({ ended }) => ended));
  if (workerCodes.some((code) => code !== 0)) problems.push(`workers ended with ${workerCodes.join(', ')}`);
  devnet.child.kill('SIGTERM');
  const code = await devnet.ended;
  if (code !== 0) problems.push(`the node ended with ${code} when it was asked to stop:\n${devnet.tail()}`);
  await verifyDirectory();
  if (acknowledged.size === 0) problems.push('nothing was acknowledged: the load did not run');
  if (Number(stats.tasks_completed) === 0) problems.push('no task became final: the providers did not work');
  for (const problem of problems) process.stderr.write(`PROBLEM ${problem}\n`);
  process.stdout.write(
    `${JSON.stringify({
      rounds,
      acknowledged: acknowledged.size,
      lost: problems.length,
      tasksFinal: Number(stats.tasks_completed),
      tasksFailed: Number(stats.tasks_failed),
      height: Number(stats.height),
      seconds: Math.round((Date.now() - startedAt) / 1_000),
    })}\n`,
  );
} catch (error) {
  problems.push(`${String(error)}\n${[...running].map((one) => one.tail()).join('\n')}`);
  for (const problem of problems) process.stderr.write(`PROBLEM ${problem}\n`);
} finally {
  for (const { child } of running) child.kill('SIGKILL');
  if (values.keep || problems.length > 0) process.stderr.write(`kept: ${directory}\n`);
  else await rm(directory, { recursive: true, force: true });
}
process.exit(problems.length === 0 ? 0 : 1);
