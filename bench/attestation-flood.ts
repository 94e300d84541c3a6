import { parseArgs } from 'node:util';
import { createNode, embeddedHost, MemoryStore } from '@aivm/node';
import { developmentAccounts } from '@aivm/sdk';
import { makeGpu, NOW, TEST_POLICY, toPem } from '@aivm/test-authority';

// How long a node's one thread is away while strangers have it verify GPUs.
// Run with: npx tsx --conditions=aivm-source bench/attestation-flood.ts [--seconds N] [--clients N]
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '16' },
  },
});
const PROBE_MS = 10;
const BLOCK_TIME_MS = 100;

const node = await createNode({
  genesis: {
    version: 1,
    timestamp: NOW,
    params: { minBlockIntervalMs: BLOCK_TIME_MS, development: true },
    attestation: { testRoots: TEST_POLICY.testRoots, policy: { nvidia: { requiresRim: false } } },
    allocations: Object.fromEntries(
      developmentAccounts().map(({ address }) => [address, (10n ** 24n).toString()]),
    ),
  },
  store: new MemoryStore(),
  host: embeddedHost({ mode: 'interval', blockTimeMs: BLOCK_TIME_MS }),
  http: { port: 0, limits: { requestsPerSecond: 0 } },
  hasDevelopmentAccounts: true,
});

/** A new device each time: what was verified before is remembered. */
function bodyOf(device: string): string {
  const { gpu } = makeGpu({ device });
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    gpu_attestation: {
      model: 'H100',
      local_evidence: {
        spdm_report: base64(gpu.report),
        cert_chain: base64(Buffer.from(toPem(gpu.chain))),
        nonce: new Array(32).fill(0x9c),
      },
    },
  });
}
const bodies = Array.from({ length: 32 }, (_, i) => bodyOf(`flood ${i}`));

/** How late a timer of {@link PROBE_MS} comes, for `ms`: what a block that is due waits for. */
async function measureDelays(ms: number): Promise<readonly number[]> {
  const delays: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const due = performance.now() + PROBE_MS;
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    delays.push(performance.now() - due);
  }
  return delays.toSorted((left, right) => left - right);
}

let answered = 0;
let isOver = false;
async function flood(client: number): Promise<void> {
  for (let i = client; !isOver; i++) {
    const response = await fetch(`${node.http?.url}/attestation/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bodies[i % bodies.length] as string,
    });
    const { verified } = (await response.json()) as { readonly verified?: boolean };
    if (verified !== true) throw new Error(`not verified: ${response.status}`);
    answered += 1;
  }
}

const show = (name: string, delays: readonly number[]): void => {
  const at = (part: number): string => (delays[Math.floor((delays.length - 1) * part)] ?? 0).toFixed(1);
  console.log(`${name}: median ${at(0.5)} ms, 99 of 100 ${at(0.99)} ms, longest ${at(1)} ms`);
};

const ms = Number(values.seconds) * 1_000;
await measureDelays(500);
show('quiet', await measureDelays(ms));
const floods = Array.from({ length: Number(values.clients) }, (_, client) => flood(client));
await measureDelays(500);
const before = answered;
show('flood', await measureDelays(ms));
console.log(`${((answered - before) / Number(values.seconds)).toFixed(0)} verifications a second`);
isOver = true;
await Promise.all(floods);
await node.close();
