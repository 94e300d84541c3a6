/**
 * `npm run bench:http`: durable signed transactions a second through POST /tx of a real node, each load from a process of its
 * own, as a ratio to native signature checks of the same run and to the requests that a bare server of Node answers.
 * `--transactions N` are signed before and sent in each row; `--listeners N` opens event streams beside one row.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256, recoverAddress } from '@aivm/core/crypto';
import { hashTransaction, type Transaction } from '@aivm/core/tx';
import { createNode, embeddedHost, installCrypto } from '@aivm/node';
import { BenchSigner, benchGenesis } from '../packages/cli/src/bench/signer.ts';

const SENDERS = 50;
const BATCH = 100;
const numberAfter = (flag: string, byDefault: number): number => {
  const at = process.argv.indexOf(flag);
  return at < 0 ? byDefault : Number(process.argv[at + 1]);
};
const COUNT = numberAfter('--transactions', 10_000);
const LISTENERS = numberAfter('--listeners', 1_000);

interface Seen {
  readonly requests: number;
  readonly failed: number;
  readonly example?: string;
  readonly p50: number;
  readonly p99: number;
}

/** Runs the generator; what it saw, and when its first request went out. */
async function load(order: object): Promise<{ readonly seen: Seen; readonly startedAt: number }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('http/load.ts', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  child.stdin.end(JSON.stringify(order));
  let text = '';
  for await (const part of child.stdout.setEncoding('utf8')) text += part;
  const [first = '', last = ''] = text.trim().split('\n');
  return {
    seen: JSON.parse(last) as Seen,
    startedAt: (JSON.parse(first) as { startedAt: number }).startedAt,
  };
}

interface Signed {
  readonly genesis: Readonly<Record<string, unknown>>;
  readonly bySender: readonly (readonly Transaction[])[];
}

function signAll(count: number): Signed {
  const signers = Array.from({ length: SENDERS }, (_, i) => new BenchSigner(`http ${i}`));
  const genesis = benchGenesis(signers);
  for (const signer of signers) signer.join(genesis);
  const each = Math.ceil(count / SENDERS);
  const bySender = signers.map((signer, s) =>
    Array.from({ length: each }, (_, i) =>
      signer.sign({ kind: 'transfer', to: keccak256(utf8ToBytes(`${s} ${i}`)).slice(12), amount: 1n }),
    ),
  );
  return { genesis, bySender };
}

const textOf = ({ bytes }: Transaction): string => `0x${bytesToHex(bytes)}`;

const singles = (list: readonly Transaction[]): readonly string[] =>
  list.map((tx) => JSON.stringify(textOf(tx)));

function batches(list: readonly Transaction[]): readonly string[] {
  const bodies: string[] = [];
  for (let i = 0; i < list.length; i += BATCH)
    bodies.push(JSON.stringify(list.slice(i, i + BATCH).map(textOf)));
  return bodies;
}

/** Native signature checks a second, on one thread. */
function measureSignatures(list: readonly Transaction[]): number {
  const signed = list
    .slice(0, 2_000)
    .map((tx) => ({ digest: hashTransaction(tx), signature: tx.bytes.subarray(-65) }));
  const startedAt = performance.now();
  for (const { digest, signature } of signed) recoverAddress(digest, signature);
  return (signed.length * 1_000) / (performance.now() - startedAt);
}

/** Requests a second of a server that reads a body and answers what a node answers. */
async function measureBare(bodies: readonly (readonly string[])[]): Promise<number> {
  const answer = JSON.stringify({ hash: `0x${'00'.repeat(32)}`, state: 'pending' });
  const server = createServer((request, response) => {
    request.on('data', () => undefined);
    request.on('end', () => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
        .end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { seen, startedAt } = await load({ port, path: '/rpc/tx', bodies, listeners: 0 });
  const seconds = (Date.now() - startedAt) / 1_000;
  server.close();
  return seen.requests / seconds;
}

/** Transactions a second from the first request until all are in accepted blocks. */
async function measureNode(
  { genesis, bySender }: Signed,
  bodiesOf: (list: readonly Transaction[]) => readonly string[],
  listeners: number,
): Promise<{ readonly perSecond: number; readonly seen: Seen }> {
  const directory = await mkdtemp(join(tmpdir(), 'aivm-bench-http-'));
  const node = await createNode({
    ...{ genesis, dataDir: directory, host: embeddedHost({ mode: 'instant', blockTimeMs: 1_000 }) },
    http: { port: 0 },
    mempool: { transactionsMax: 1_000_000 },
  });
  const total = bySender.reduce((sum, list) => sum + list.length, 0);
  let accepted = 0;
  let lastAt = 0;
  const counted = new Promise<void>((resolve) => {
    const look = async (): Promise<void> => {
      for (let height = 0; accepted < total; ) {
        height = await node.api.waitForBlock(height, { timeoutMs: 60_000 });
        const all = bySender.map((list) => node.api.getTransaction(list.at(-1)?.id ?? new Uint8Array(32)));
        if (all.every((one) => one?.state === 'accepted')) accepted = total;
        lastAt = Date.now();
      }
      resolve();
    };
    void look();
  });
  try {
    const bodies = bySender.map(bodiesOf);
    const { seen, startedAt } = await load({ port: node.http?.port, path: '/rpc/tx', bodies, listeners });
    if (seen.failed > 0) throw new Error(`${seen.failed} requests failed: ${seen.example}`);
    await counted;
    return { perSecond: (total * 1_000) / (lastAt - startedAt), seen };
  } finally {
    await node.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const { secp256k1 } = installCrypto();
const signed = signAll(COUNT);
const [few, all] = [signed.bySender[0] ?? [], signed.bySender.flat()];
process.stdout.write(`signed ${all.length} transfers of ${few.length} nonces; signatures: ${secp256k1}\n`);
const signatures = measureSignatures(all);
const bare = await measureBare(signed.bySender.map(singles));
const rows = [];
for (const [name, bodiesOf, listeners] of [
  ['single requests', singles, 0],
  [`batches of ${BATCH}`, batches, 0],
  [`single requests, ${LISTENERS} listeners`, singles, LISTENERS],
] as const) {
  const { perSecond, seen } = await measureNode(signed, bodiesOf, listeners);
  rows.push({
    load: name,
    'durable tx/s': Math.round(perSecond),
    'of signature checks': (perSecond / signatures).toFixed(3),
    'of a bare server': (perSecond / bare).toFixed(3),
    'p50 ms': seen.p50.toFixed(1),
    'p99 ms': seen.p99.toFixed(1),
  });
}
process.stdout.write(
  `native signature checks ${Math.round(signatures)}/s, bare Node server ${Math.round(bare)} requests/s\n`,
);
console.table(rows);
