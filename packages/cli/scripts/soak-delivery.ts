/**
 * Sends payments to a real node through a proxy that loses, repeats, delays and refuses requests, and compares what the
 * sender reported with what the chain holds: nothing is paid twice, nothing that was reported as done is missing, and
 * nothing that was reported as not sent or refused is in a block.
 *
 *   npx tsx --conditions aivm-source packages/cli/scripts/soak-delivery.ts --sends 10000 --seed 1
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { type Client, createClient, createSender, DeliveryError, developmentAccounts } from '@aivm/sdk';
import { startAivm, startProcess } from './soak/processes.ts';
import { createRandom } from './soak/random.ts';

const START_TIMEOUT_MS = 60_000;
/** The proxy delivers late copies within 4 s. */
const LATE_MS = 6_000;
/** A payment that is still unknown after so many calls is shown. */
const CALLS_MANY = 10;
/** No account owns so much. */
const IMPOSSIBLE = 10n ** 30n;

const { values } = parseArgs({
  options: {
    sends: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '8' },
    verbose: { type: 'boolean', default: false },
  },
});
const sendCount = Number(values.sends);
const random = createRandom(Number(values.seed));
const wallets = developmentAccounts();

/** One payment, to an address of its own: the balance there is what the chain holds of it. */
interface Payment {
  readonly index: number;
  readonly to: Uint8Array;
  readonly amount: bigint;
  /** Repeats under one key; undefined: repeats only after an unknown outcome. */
  readonly idempotencyKey: string | undefined;
  readonly timeoutMs: number;
  /** What the last call that failed said. */
  said: string;
  report: 'done' | 'not_sent' | 'refused' | 'unknown' | 'none';
  hash: Uint8Array | undefined;
  height: number | undefined;
  calls: number;
}

function createPayment(index: number): Payment {
  const isImpossible = random() < 0.03;
  return {
    index,
    to: keccak256(utf8ToBytes(`payment ${values.seed} ${index}`)).slice(12),
    amount: isImpossible ? IMPOSSIBLE : BigInt(index + 1),
    idempotencyKey: random() < 0.5 ? `payment-${index}` : undefined,
    timeoutMs: random() < 0.2 ? 500 + random() * 2_000 : 60_000,
    said: '',
    report: 'none',
    hash: undefined,
    height: undefined,
    calls: 0,
  };
}

const violations: string[] = [];

/** One call, whose report replaces the one before. */
async function callOnce(sender: ReturnType<typeof createSender>, payment: Payment): Promise<void> {
  const { to, amount, idempotencyKey, timeoutMs } = payment;
  payment.calls++;
  try {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const info = await sender.send({ kind: 'transfer', to, amount }, { timeoutMs, ...key });
    if (payment.hash !== undefined && bytesToHex(payment.hash) !== bytesToHex(info.hash))
      violations.push(`payment ${payment.index} was done as two transactions`);
    Object.assign(payment, { report: 'done', hash: info.hash, height: info.height });
  } catch (error) {
    payment.said = String(error);
    if (values.verbose && payment.timeoutMs > 5_000)
      process.stderr.write(
        `sender ${payment.index % wallets.length}, payment ${payment.index}, call ${payment.calls}: ${payment.said}\n`,
      );
    if (!(error instanceof DeliveryError)) {
      violations.push(`payment ${payment.index} ended with ${String(error)}`);
      return;
    }
    if (payment.report === 'done')
      process.stderr.write(`payment ${payment.index}, done before: ${error.message}\n`);
    else payment.report = error.outcome;
  }
}

/** A caller that repeats: under its key whatever came, without one only what is unknown. */
async function pay(sender: ReturnType<typeof createSender>, payment: Payment): Promise<void> {
  const isImpatient = random() < 0.5;
  const repeats = random() < 0.2 ? 2 : 0;
  await callOnce(sender, payment);
  if (payment.idempotencyKey !== undefined) for (let i = 0; i < repeats; i++) await callOnce(sender, payment);
  while (payment.report === 'unknown' && !isImpatient) await callOnce(sender, payment);
}

async function runSender(index: number, url: string, payments: readonly Payment[]): Promise<void> {
  const sender = createSender({
    client: createClient({ url, retriesMax: 4 }),
    wallet: wallets[index % wallets.length] as (typeof wallets)[number],
  });
  let next = 0;
  const lane = async () => {
    while (next < payments.length) await pay(sender, payments[next++] as Payment);
  };
  await Promise.all(Array.from({ length: Number(values['in-flight']) }, lane));
}

/** Compares one report with the chain, asked without the proxy. */
async function judge(client: Client, payment: Payment): Promise<void> {
  const { index, to, amount, report, hash, height } = payment;
  const { balance } = await client.getAccount(to);
  const shown = `payment ${index} (${report} after ${payment.calls} calls): ${balance} of ${amount}`;
  if (balance !== 0n && balance !== amount) violations.push(`${shown}: paid more than once`);
  if (report === 'done' && balance !== amount) violations.push(`${shown}: reported as done`);
  if ((report === 'not_sent' || report === 'refused') && balance !== 0n) violations.push(shown);
  if (report === 'none') violations.push(`${shown}: nothing was reported`);
  if (hash === undefined) return;
  const info = await client.getTransaction(hash);
  if (info.height !== height || info.code !== '')
    violations.push(`${shown}: block ${info.height}, not ${height}`);
}

const startedAt = Date.now();
const directory = await mkdtemp(join(tmpdir(), 'aivm-delivery-'));
const node = startAivm([
  'devnet',
  '--port',
  '0',
  '--data-dir',
  join(directory, 'data'),
  '--block-time',
  '100ms',
  '--json',
]);
const running = [node];
try {
  const [line] = await node.waitFor(/^\{"event":"listening".*\}$/m, START_TIMEOUT_MS);
  const { url } = JSON.parse(line) as { url: string };
  const script = fileURLToPath(new URL('./soak/faulty-proxy.ts', import.meta.url));
  const proxy = startProcess([...process.execArgv, script, url, String(values.seed)]);
  running.push(proxy);
  const [, port] = await proxy.waitFor(/"listening","port":(\d+)/, START_TIMEOUT_MS);
  const payments = Array.from({ length: sendCount }, (_, index) => createPayment(index));
  const progress = setInterval(() => {
    const reported = payments.filter((payment) => payment.report !== 'none').length;
    process.stderr.write(`${reported} of ${sendCount} reported, ${violations.length} violations\n`);
    const stuck = payments.find(({ calls, report }) => calls > CALLS_MANY && report === 'unknown');
    if (stuck !== undefined)
      process.stderr.write(`payment ${stuck.index}, call ${stuck.calls}: ${stuck.said}\n`);
  }, 10_000);
  const proxyUrl = `http://127.0.0.1:${port}`;
  const shares = wallets.map((_, i) => payments.filter((payment) => payment.index % wallets.length === i));
  const died = Promise.race(
    running.map(async (one) => {
      throw new Error(`a process ended with ${await one.ended}:\n${one.tail()}`);
    }),
  );
  died.catch(() => undefined);
  await Promise.race([died, Promise.all(shares.map((share, i) => runSender(i, proxyUrl, share)))]);
  clearInterval(progress);
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  const client = createClient({ url, retriesMax: 4 });
  for (const payment of payments) await judge(client, payment);
  proxy.child.kill('SIGTERM');
  const [, faults] = await proxy.waitFor(/"stopped","counts":(.*)\}\n/, START_TIMEOUT_MS);
  const reports: Record<string, number> = {};
  for (const { report } of payments) reports[report] = (reports[report] ?? 0) + 1;
  if ((reports.done ?? 0) === 0) violations.push('no payment was done: the soak tested nothing');
  if (values.verbose) {
    for (const { index, report, said, amount } of payments)
      if (report !== 'done') process.stderr.write(`payment ${index} of ${amount}: ${report}: ${said}\n`);
  }
  const calls = payments.reduce((sum, payment) => sum + payment.calls, 0);
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  const summary = {
    sends: sendCount,
    seed: Number(values.seed),
    calls,
    reports,
    violations: violations.length,
  };
  process.stdout.write(`${JSON.stringify({ ...summary, faults: JSON.parse(faults ?? '{}'), seconds })}\n`);
} catch (error) {
  violations.push(`${String(error)}\n${running.map((one) => one.tail()).join('\n')}`);
} finally {
  for (const { child } of running) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
}
for (const violation of violations) process.stderr.write(`VIOLATION ${violation}\n`);
process.exit(violations.length === 0 ? 0 : 1);
