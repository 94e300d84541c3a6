import { readFileSync } from 'node:fs';

// What bench/cluster.ts starts as a process of its own: posts transactions to the RPC of every engine, as fast as they
// are taken, and watches blocks at the first one. Prints "ready", waits for a line on stdin,
// and prints one line of JSON in the end.

/** What it is told, as a file of JSON. */
interface LoadPlan {
  /** RPC of each engine. */
  readonly rpcUrls: readonly string[];
  readonly warmupMs: number;
  readonly measureMs: number;
  readonly batchSize: number;
  /** Bytes of a kvstore transaction, as many as one of ours has. */
  readonly transactionBytes: number;
  /** Left out: transactions of the kvstore. */
  /** A file of JSON: transactions of each sender in base64, in order. */
  readonly signedFile?: string;
  readonly senderCount: number;
}

const WATCH_EVERY_MS = 25;
const FULL_PAUSE_MS = 25;
const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadPlan;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Transactions of the kvstore by a sender, in base64, in order. */
function* kvstoreTransactionsOf(sender: number): Generator<string> {
  for (let i = 0; ; i++) {
    yield Buffer.from(`s${sender}n${i}=`.padEnd(plan.transactionBytes, 'v')).toString('base64');
  }
}

const sentAt = new Map<string, number>();
let isOver = false;
let ranOut = 0;
let refused = 0;

type RpcAnswer = { readonly result?: Record<string, never>; readonly error?: { readonly data?: string } };

async function ask(url: string, body: unknown): Promise<RpcAnswer | readonly RpcAnswer[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as RpcAnswer;
}
const call = async (method: string, params: object = {}): Promise<RpcAnswer> =>
  (await ask(plan.rpcUrls[0] ?? '', { jsonrpc: '2.0', id: 1, method, params })) as RpcAnswer;

async function send(sender: number, transactions: Iterator<string>): Promise<void> {
  const url = plan.rpcUrls[sender % plan.rpcUrls.length] ?? '';
  let batch: string[] = [];
  while (!isOver) {
    while (batch.length < plan.batchSize) {
      const { value, done } = transactions.next();
      if (done === true) break;
      batch.push(value);
    }
    if (batch.length === 0) {
      ranOut++;
      return;
    }
    const now = performance.now();
    for (const tx of batch) if (!sentAt.has(tx)) sentAt.set(tx, now);
    const body = batch.map((tx, id) => ({ jsonrpc: '2.0', id, method: 'broadcast_tx_sync', params: { tx } }));
    const answers = [(await ask(url, body)) as RpcAnswer | readonly RpcAnswer[]].flat();
    // A full pool takes the rest later; nothing of a sender may overtake.
    const failed = answers.findIndex(
      ({ error, result }) => error !== undefined || Number(result?.code) !== 0,
    );
    if (failed < 0) {
      batch = [];
      continue;
    }
    const why = answers[failed];
    if (why?.error?.data?.includes('already exists') !== true) refused++;
    batch = batch.slice(why?.error?.data?.includes('already exists') === true ? failed + 1 : failed);
    await sleep(FULL_PAUSE_MS);
  }
}

interface SeenBlock {
  readonly at: number;
  readonly txs: readonly string[];
}

/** Blocks from now on, as soon as the application of the first engine says that it has committed them. */
async function watch(blocks: SeenBlock[]): Promise<void> {
  const heightNow = async (): Promise<number> => {
    const { result } = await call('abci_info');
    return Number(
      (result as unknown as { response: { last_block_height?: string } }).response.last_block_height ?? 0,
    );
  };
  let height = await heightNow();
  while (!isOver) {
    const now = await heightNow();
    const at = performance.now();
    for (; height < now; height++) {
      const { result } = await call('block', { height: String(height + 1) });
      const { block } = result as unknown as { block: { data: { txs: readonly string[] | null } } };
      blocks.push({ at, txs: block.data.txs ?? [] });
    }
    await sleep(WATCH_EVERY_MS);
  }
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;

const signed =
  plan.signedFile === undefined
    ? Array.from({ length: plan.senderCount }, (_, sender) => kvstoreTransactionsOf(sender))
    : (JSON.parse(readFileSync(plan.signedFile, 'utf8')) as string[][]).map((own) => own.values());
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const blocks: SeenBlock[] = [];
const watching = watch(blocks);
const sending = signed.map((transactions, sender) => send(sender, transactions));
await sleep(plan.warmupMs);
const from = performance.now();
await sleep(plan.measureMs);
const to = performance.now();
isOver = true;
await Promise.allSettled([...sending, watching]);
const measured = blocks.filter(({ at }) => at >= from && at < to);
const waits = measured
  .flatMap(({ at, txs }) =>
    txs.flatMap((tx) => {
      const sent = sentAt.get(tx);
      return sent === undefined ? [] : [at - sent];
    }),
  )
  .sort((left, right) => left - right);
const seconds = (to - from) / 1_000;
process.stdout.write(
  `${JSON.stringify({
    perSecond: waits.length / seconds,
    blocksPerSecond: measured.length / seconds,
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    transactions: waits.length,
    sendersOut: ranOut,
    refused,
  })}\n`,
);
process.exit(0);
