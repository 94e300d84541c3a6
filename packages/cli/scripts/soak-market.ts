/**
 * A market behind one address: a node, five providers, a watcher and an application with thousands of tasks, each a
 * process that is killed with SIGKILL at random and started again. Every task must end, and every send of the
 * application must be what the chain holds.
 *
 *   npx tsx --conditions aivm-source packages/cli/scripts/soak-market.ts --tasks 3000 --kills 40 --seed 1
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bytesToHex } from '@aivm/core/bytes';
import { createClient, createSender, DeliveryError, developmentAccounts } from '@aivm/sdk';
import { createDevnetGenesis } from '../src/node/devnet-genesis.ts';
import { readWdbcRows } from '../src/wdbc-data.ts';
import { freePort, type SoakProcess, startAivm } from './soak/processes.ts';
import { createRandom } from './soak/random.ts';

const START_TIMEOUT_MS = 60_000;
const DRAIN_TIMEOUT_MS = 600_000;
const SEND_TIMEOUT_MS = 600_000;
/** For all tasks: a market that stands still keeps the queue full. */
const SEND_ALL_TIMEOUT_MS = 1_800_000;
const FEE = 5_000_000n;
/** States of a task that nothing changes any more. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed']);
const PROVIDERS = [1, 2, 3, 4, 5];
const WATCHER = 6;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '3000' },
    kills: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '32' },
  },
});
const taskCount = Number(values.tasks);
const random = createRandom(Number(values.seed));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Send {
  readonly id: string;
  report: 'none' | 'done' | 'not_sent' | 'refused' | 'unknown';
  said: string;
  height: number | undefined;
  hash: Uint8Array | undefined;
}

/** A process that can be killed and started again under the same arguments. */
interface Service {
  readonly name: string;
  readonly args: readonly string[];
  process: SoakProcess;
  /** How many kills of ours it had. */
  kills: number;
  isBeingKilled: boolean;
}

const problems: string[] = [];
const services: Service[] = [];
let isOver = false;

function launch(name: string, args: readonly string[]): Service {
  const service: Service = { name, args, process: startAivm(args), kills: 0, isBeingKilled: false };
  services.push(service);
  watchOver(service);
  return service;
}

/** A service that ends when nobody killed it is a fault. */
function watchOver(service: Service): void {
  const { process: running } = service;
  void running.ended.then((code) => {
    if (isOver || service.isBeingKilled) return;
    problems.push(`${service.name} ended by itself with ${code}:\n${running.tail()}`);
  });
}

async function killAndRestart(service: Service): Promise<void> {
  service.isBeingKilled = true;
  service.process.child.kill('SIGKILL');
  await service.process.ended;
  await sleep(random() * 1_000);
  service.process = startAivm(service.args);
  service.kills += 1;
  service.isBeingKilled = false;
  watchOver(service);
}

async function runKills(count: number, isDone: () => boolean): Promise<number> {
  let killed = 0;
  while (killed < count && !isDone()) {
    await sleep(1_000 + random() * 5_000);
    const service = services[Math.floor(random() * services.length)] as Service;
    process.stderr.write(`kill ${killed + 1} of ${count}: ${service.name}\n`);
    await killAndRestart(service);
    killed += 1;
  }
  return killed;
}

const directory = await mkdtemp(join(tmpdir(), 'aivm-market-'));
const startedAt = Date.now();
try {
  const dataDirectory = join(directory, 'data');
  const genesis = join(directory, 'genesis.json');
  const timestamp = Math.floor(Date.now() / 1_000);
  await writeFile(genesis, createDevnetGenesis({ timestamp, blockTimeMs: 50, accounts: 10 }));
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  launch('node', [
    ...['node', '--genesis', genesis, '--data-dir', dataDirectory],
    ...['--port', port, '--log-level', 'warn', '--json'],
  ]);
  await services[0]?.process.waitFor(/^\{"event":"listening".*\}$/m, START_TIMEOUT_MS);
  for (const account of PROVIDERS)
    launch(`provider ${account}`, [
      ...['provider', '--id', `market-${account}`, '--dev', String(account), '--gpus', '16'],
      ...['--node', url, '--json'],
    ]);
  launch('watcher', ['watch', '--dev', String(WATCHER), '--node', url, '--json']);

  const inputs = (await readWdbcRows()).map((row) => row.input);
  const sends = Array.from(
    { length: taskCount },
    (_, i): Send => ({ id: `market-${i}`, report: 'none', said: '', height: undefined, hash: undefined }),
  );
  const client = createClient({ url });
  const wallet = developmentAccounts()[0] as ReturnType<typeof developmentAccounts>[number];
  const sender = createSender({ client, wallet });
  let next = 0;
  let refusals = 0;
  const sendDeadline = Date.now() + SEND_ALL_TIMEOUT_MS;
  const lane = async () => {
    while (next < sends.length) await sendTask(sends[next++] as Send);
  };
  const sendTask = async (send: Send): Promise<void> => {
    const isPanel = random() < 0.1;
    const operation = {
      kind: 'submitTask',
      id: send.id,
      taskType: 'inference',
      model: 'wdbc-int8',
      input: inputs[Number(send.id.slice(7)) % inputs.length] as Uint8Array,
      fee: FEE,
      mode: isPanel ? 1 : 0,
      n: isPanel ? 3 : 0,
      maxAdmission: 0n,
      maxNew: 0,
      deadlineBlocks: 0n,
    } as const;
    for (let attempt = 0; ; attempt++) {
      const key = `${send.id} ${attempt}`;
      try {
        const info = await sender.send(operation, { idempotencyKey: key, timeoutMs: SEND_TIMEOUT_MS });
        Object.assign(send, { report: 'done', height: info.height, hash: info.hash });
        return;
      } catch (error) {
        send.said = String(error);
        if (!(error instanceof DeliveryError)) problems.push(`${send.id} ended with ${send.said}`);
        else send.report = error.outcome;
        const isFull =
          error instanceof DeliveryError && error.outcome === 'refused' && error.code === 'queue_full';
        if (!isFull || Date.now() > sendDeadline) return;
        // The application lets the market work, and asks again.
        refusals += 1;
        await sleep(1_000);
      }
    }
  };
  const progress = setInterval(() => {
    const reported = sends.filter(({ report }) => report !== 'none').length;
    process.stderr.write(`${reported} of ${taskCount} reported, ${problems.length} problems\n`);
  }, 10_000);
  let isSent = false;
  const [, kills] = await Promise.all([
    Promise.all(Array.from({ length: Number(values['in-flight']) }, lane)).then(() => {
      isSent = true;
    }),
    runKills(Number(values.kills), () => false),
  ]);
  clearInterval(progress);
  if (!isSent) problems.push('the application did not end');

  const deadline = Date.now() + DRAIN_TIMEOUT_MS;
  const open = new Set(sends.filter(({ report }) => report === 'done').map(({ id }) => id));
  while (open.size > 0 && Date.now() < deadline) {
    for (const id of open) {
      const task = await client.getTask(id).catch(() => undefined);
      if (task === undefined || !ENDED.has(task.status)) break;
      open.delete(id);
    }
    await sleep(500);
  }
  if (open.size > 0) problems.push(`${open.size} tasks have not ended, ${[...open][0]} the first of them`);

  const reports: Record<string, number> = {};
  const ends: Record<string, number> = {};
  for (const { id, report, said, height, hash } of sends) {
    reports[report] = (reports[report] ?? 0) + 1;
    const task = await client.getTask(id).catch(() => undefined);
    if (task !== undefined) ends[task.status] = (ends[task.status] ?? 0) + 1;
    if (report === 'done' && task === undefined) problems.push(`${id}: reported as done, no task`);
    if ((report === 'refused' || report === 'not_sent') && task !== undefined)
      problems.push(`${id}: reported as ${report}, but the chain has it (${said})`);
    if (report !== 'done') problems.push(`${id}: ${report} ${said}`);
    if (hash === undefined) continue;
    const info = await client.getTransaction(hash);
    if (info.height !== height)
      problems.push(`${id}: ${bytesToHex(hash)} in block ${info.height}, not ${height}`);
  }
  isOver = true;
  const killsByName = Object.fromEntries(services.map((service) => [service.name, service.kills]));
  for (const service of services.reverse()) {
    service.process.child.kill('SIGTERM');
    const code = await service.process.ended;
    if (code !== 0) problems.push(`${service.name} ended with ${code}:\n${service.process.tail()}`);
  }
  const verify = startAivm(['verify-db', dataDirectory, '--json']);
  const code = await verify.ended;
  if (code !== 0) problems.push(`verify-db exited with ${code}:\n${verify.tail()}`);
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  process.stdout.write(
    `${JSON.stringify({ tasks: taskCount, kills, killsByName, reports, refusals, ends, problems: problems.length, seconds })}\n`,
  );
} catch (error) {
  problems.push(`${String(error)}\n${services.map((one) => one.process.tail()).join('\n')}`);
} finally {
  isOver = true;
  for (const service of services) service.process.child.kill('SIGKILL');
  if (problems.length > 0) process.stderr.write(`kept: ${directory}\n`);
  else await rm(directory, { recursive: true, force: true });
}
for (const problem of problems) process.stderr.write(`PROBLEM ${problem}\n`);
process.exit(problems.length === 0 ? 0 : 1);
