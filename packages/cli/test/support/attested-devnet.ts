import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@aivm/sdk';
import {
  makeList,
  makeRims,
  makeSnp,
  makeSnpIssuers,
  pinCertificate,
  TEST_POLICY,
} from '@aivm/test-authority';
import { createDevnetGenesis } from '../../src/node/devnet-genesis.ts';
import { type CliProcess, runCli, startCli } from '../spawn-cli.ts';

const DAY = 86_400;
const WAIT_MS = 100_000;
const BLOCK_TIME_MS = 200;
const MAKE_REPORT = fileURLToPath(new URL('./make-report.ts', import.meta.url));
const RUN = `${process.execPath} --conditions=aivm-source --import ${import.meta.resolve('tsx')} ${MAKE_REPORT}`;

/** Blocks of the full challenge window. */
export const WINDOW_BLOCKS = 20;

/** How a chain judges evidence. */
export interface AttestedDevnetOptions {
  readonly config?: Record<string, unknown>;
  readonly policy?: Record<string, unknown>;
}

/** A devnet whose genesis names the test authority, and providers beside it, each a process. */
export interface AttestedDevnet {
  readonly client: Client;
  /** `aivm provider NAME ARGS…`, with the n-th development account. */
  startProvider(account: number, ...args: readonly string[]): CliProcess;
  /** Submits a task and waits until `provider` has answered it. */
  askTask(id: string, provider: CliProcess): Promise<void>;
  file(name: string, content: Uint8Array | string): string;
  /** Flags of a provider in an SNP guest of the test authority. */
  readonly snpFlags: readonly string[];
  /** Flags of a provider with one of the test authority's GPUs. */
  gpuFlags(device: string): readonly string[];
  close(): Promise<void>;
}

function genesisText(
  now: number,
  issuers: ReturnType<typeof makeSnpIssuers>,
  options: AttestedDevnetOptions,
): string {
  const plain = createDevnetGenesis({ timestamp: now - 1, blockTimeMs: BLOCK_TIME_MS, accounts: 10 });
  const nvidia = TEST_POLICY.testRoots.filter(({ role }) => role.startsWith('nvidia'));
  return JSON.stringify({
    ...(JSON.parse(plain) as object),
    config: { verificationMode: 2, challengeWindowBlocks: WINDOW_BLOCKS, ...options.config },
    attestation: {
      testRoots: [pinCertificate('amd-genoa', issuers.root), ...nvidia],
      policy: { measurements: [{ kind: 'snp', measurement: '4d'.repeat(48) }], ...options.policy },
    },
  });
}

export async function startAttestedDevnet(options: AttestedDevnetOptions = {}): Promise<AttestedDevnet> {
  const folder = mkdtempSync(join(tmpdir(), 'aivm-attested-'));
  const processes: CliProcess[] = [];
  const start = (...args: readonly string[]): CliProcess => {
    const started = startCli(args);
    processes.push(started);
    return started;
  };
  const file = (name: string, content: Uint8Array | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const now = Math.floor(Date.now() / 1_000);
  const validity = { from: now - DAY, until: now + DAY };
  const issuers = makeSnpIssuers(validity);
  const genesis = file('genesis.json', genesisText(now, issuers, options));
  const time = ['--block-time', `${BLOCK_TIME_MS}ms`];
  const devnet = start('devnet', '--port', '0', '--json', ...time, '--genesis', genesis);
  const [, url = ''] = await devnet.waitFor(/"rpc":"([^"]+)"/, WAIT_MS);
  const { chain } = makeSnp({ issuers, leaf: validity }).evidence;
  return {
    client: createClient({ url }),
    startProvider: (account, ...args) =>
      start('provider', '--json', '--node', url, '--dev', String(account), ...args),
    askTask: async (id, provider) => {
      const input = JSON.stringify(new Array(32).fill(1));
      const who = ['--id', id, '--node', url, '--dev', '0'];
      const { code, stderr } = await runCli(['task', 'submit', 'wdbc-int8', ...who, '--input', input]);
      if (code !== 0) throw new Error(stderr);
      await provider.waitFor(new RegExp(`"event":"posted".*"taskId":"${id}"`), WAIT_MS);
    },
    file,
    snpFlags: [
      ...['--tee', 'snp', '--report-command', `${RUN} snp {reportDataHex} {outFile}`],
      ...chain.flatMap((der, i) => ['--report-chain', file(`${i}.der`, der)]),
      ...['--collateral', file('list.crl', makeList({ issuer: issuers.root, ...validity }))],
    ],
    gpuFlags: (device) => [
      ...[
        '--gpu-evidence-command',
        `${RUN} gpu {nonceHex} {outFile} ${validity.from} ${validity.until} ${device}`,
      ],
      ...makeRims({ validity }).flatMap((rim, i) => ['--rim', file(`${i}.xml`, rim)]),
    ],
    close: async () => {
      for (const { child } of processes.toReversed()) child.kill('SIGINT');
      await Promise.all(processes.map(({ ended }) => ended));
      rmSync(folder, { recursive: true });
    },
  };
}
