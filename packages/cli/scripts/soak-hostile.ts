import { parseArgs } from 'node:util';
import { createNode, embeddedHost, MemoryStore } from '@aivm/node';
import { createClient, createSender, developmentAccounts, listRoutes } from '@aivm/sdk';
import { createInt8Backend, createSdkNode, createSdkSender, runProvider, runWatcher } from '@aivm/worker';

// Hostile bodies and records against a node with workers: every route answers, and every worker lives.
// Run with: npm run soak:hostile -- --bodies 1000
const { values } = parseArgs({ options: { bodies: { type: 'string', default: '1000' } } });
const BODIES = Number(values.bodies);
const BLOCK_TIME_MS = 50;
const CHECK_EVERY = 100;
const accounts = developmentAccounts();

const node = await createNode({
  genesis: {
    version: 1,
    timestamp: Math.floor(Date.now() / 1_000),
    config: { maxTaskQueueSize: 10_000, challengeWindowBlocks: 20, taskTimeout: '1s' },
    params: { minBlockIntervalMs: BLOCK_TIME_MS, development: true },
    allocations: Object.fromEntries(accounts.map(({ address }) => [address, (10n ** 26n).toString()])),
  },
  store: new MemoryStore(),
  host: embeddedHost({ mode: 'interval', blockTimeMs: BLOCK_TIME_MS }),
  http: { port: 0 },
  hasDevelopmentAccounts: true,
  log: {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (fields, message) =>
      fail(`the node logged a bug: ${message} ${JSON.stringify(fields).slice(0, 600)}`),
  },
});
const url = node.http?.url ?? '';
const client = createClient({ url });
const stop = new AbortController();

function fail(reason: string): never {
  process.stderr.write(`soak:hostile failed: ${reason}\n`);
  process.exit(1);
}

/** Texts that are valid somewhere and a trap elsewhere; the seed of each is its number. */
const TRAPS: readonly ((n: number) => string)[] = [
  (n) => '['.repeat(n % 400) + ']'.repeat(n % 400),
  (n) => `${'{"a":'.repeat(n % 400)}1${'}'.repeat(n % 400)}`,
  (n) => String(9_007_199_254_740_993n + BigInt(n)),
  (n) => `1e${n % 500}`,
  () => '-0',
  (n) => `"${'\\ud800'.repeat(1 + (n % 3))}"`,
  (n) => `"\\u0000\\u001b[31m\\u202e${n}"`,
  (n) => `{"__proto__":${n},"constructor":{},"toJSON":null}`,
  (n) =>
    `[${Array(n % 20_000)
      .fill('1')
      .join()}]`,
  (n) => `{${Array.from({ length: n % 2_000 }, (_, i) => `"k${i}":${i}`).join()}}`,
  (n) => '9'.repeat(1 + (n % 500)),
  (n) => `{"a":${n},"a":${n}}`,
  (n) => `"${'😀'.repeat(n % 10_000)}"`,
  () => 'NaN',
  () => '',
  (n) => `[${n},`,
];
const trap = (n: number): string => TRAPS[n % TRAPS.length]?.(n) ?? '';

const opaque = (await client.getModels()).find((model) => model.check_class === 'opaque')?.id ?? '';
const { chain_id: chainId, genesis_hash: genesisHash } = await client.getConfig();
let nonce = 0n;

/** A signed task whose input is the trap as it stands, valid JSON or not. */
async function submitRecord(n: number): Promise<void> {
  const operation = {
    kind: 'submitTask',
    id: `trap-${n}`,
    taskType: 'inference',
    model: opaque,
    input: new TextEncoder().encode(trap(n)),
    fee: 50_000_000n,
    maxAdmission: 0n,
    mode: 0,
    n: 0,
    maxNew: 0,
    deadlineBlocks: 0n,
  } as const;
  const tx = (accounts[8] as (typeof accounts)[number]).sign({
    chainId,
    genesisHash,
    nonce,
    expiry: 0n,
    operation,
  });
  const answer = await client
    .submitTransaction(tx, { wait: 'accepted' })
    .catch((error: unknown) => String(error));
  if (typeof answer !== 'string') nonce += 1n;
}

const POSTS = listRoutes().filter(({ method }) => method === 'POST');

async function ask(path: string, init: RequestInit = {}): Promise<void> {
  const answer = await fetch(url + path, { ...init, signal: AbortSignal.timeout(60_000) });
  const text = await answer.text();
  if (answer.status === 500) fail(`${init.method ?? 'GET'} ${path}: 500 ${text.slice(0, 300)}`);
}

async function postBody(n: number): Promise<void> {
  const route = POSTS[n % POSTS.length];
  const bodies = [
    trap(n),
    `{"id":"body-${n}","type":"inference","model":${JSON.stringify(opaque)},"fee":10000000,"input":${trap(n)}}`,
    `{"id":${trap(n)},"endpoint":${trap(n + 1)},"gpus":[{"tflops":${trap(n + 2)}}]}`,
    `{"task_id":"trap-${n}","provider_id":"p-1","output":${trap(n)},"error":${trap(n + 5)}}`,
  ];
  const headers = { 'content-type': 'application/json' };
  await ask(route?.path ?? '', { method: 'POST', headers, body: bodies[n % bodies.length] ?? '' });
}

/** Every read, pages to their ends, and every block. */
async function readEverything(): Promise<void> {
  for (const { method, path, answers } of listRoutes()) {
    if (method === 'GET' && answers !== 'events' && !path.includes(':')) await ask(path);
  }
  let cursor: string | undefined;
  do {
    const page = await client.listTasks({ limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  await ask('/providers/p-1/work');
  const { height } = await client.getHealth();
  for (let at = Math.max(0, height - CHECK_EVERY); at <= height; at++) await ask(`/blocks/${at}`);
}

const backend = createInt8Backend({ nowMs: () => performance.now() });
const partsOf = (index: number) => {
  const own = createClient({ url });
  const wallet = accounts[index] as (typeof accounts)[number];
  return {
    wallet,
    node: createSdkNode(own),
    sender: createSdkSender(createSender({ client: own, wallet })),
    backend,
  };
};
const dies = (name: string, run: Promise<void>): Promise<void> =>
  run.then(
    () => (stop.signal.aborted ? undefined : fail(`${name} ended`)),
    (error: unknown) => fail(`${name} died: ${String(error)}`),
  );
const workers = [1, 2, 3].map((index) => {
  const { wallet, ...parts } = partsOf(index);
  const identity = { id: `p-${index}`, wallet: wallet.addressBytes, endpoint: '', gpus: [], models: [] };
  return dies(identity.id, runProvider(identity, parts, stop.signal));
});
const { wallet: _, ...watching } = partsOf(5);
workers.push(dies('the watcher', runWatcher({}, watching, stop.signal)));
while ((await client.getProviders()).length < 3) await new Promise((resolve) => setTimeout(resolve, 100));

for (let n = 0; n < BODIES; n++) {
  await Promise.all([postBody(n), n % 2 === 0 ? submitRecord(n) : undefined]);
  if (n % CHECK_EVERY === CHECK_EVERY - 1) await readEverything();
}
await readEverything();
// The work still goes on: an honest task is answered.
const honest = {
  kind: 'submitTask',
  id: 'honest',
  taskType: 'inference',
  model: 'wdbc-int8',
  input: new Uint8Array(32),
  fee: 10_000_000n,
  mode: 0,
  n: 0,
  maxAdmission: 0n,
  maxNew: 0,
  deadlineBlocks: 0n,
} as const;
await createSender({ client, wallet: accounts[7] as (typeof accounts)[number] }).send(honest);
const task = await client.waitForTask('honest', { timeoutMs: 120_000 });
if (task.status !== 'completed') fail(`an honest task ended as ${task.status}`);
process.stdout.write(
  `${JSON.stringify({ bodies: BODIES, records: Number(nonce), workers: workers.length, honest: task.status })}\n`,
);
stop.abort();
await Promise.all(workers);
await node.close();
