import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';
import { parseAnchor, parseJson } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER } from '../../../node/test/support/anchors-on-evm.ts';
import { EvmChain, serveEvm } from '../../../node/test/support/evm-chain.ts';
import { runCli } from '../../src/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'aivm-anchor-'));
const dataDir = join(folder, 'chain');
const inFolder = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const key = inFolder('evm.key', bytesToHex(OWNER.key));
const config = inFolder(
  'config.json',
  '{"merkleAnchorFreq": 2, "challengeWindowBlocks": 5, "taskTimeout": "1s"}',
);

function start(args: readonly string[], env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[name] += text;
    },
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const code = runCli(args, { stdout: sink('stdout'), stderr: sink('stderr'), env, signal });
  return { written, code, stop: () => stopping.abort() };
}

async function run(
  ...args: readonly string[]
): Promise<{ code: number; answer: Record<string, unknown>; text: string }> {
  const { code, written } = start([...args, '--json']);
  const exit = await code;
  const line = written.stdout.trimEnd().split('\n').at(-1) ?? '';
  return { code: exit, answer: line === '' ? {} : JSON.parse(line), text: written.stderr };
}

/** A devnet in this process on a free port, over the test's data directory. */
async function startDevnet(...args: readonly string[]) {
  const devnet = start([
    'devnet',
    '--json',
    '--port',
    '0',
    '--data-dir',
    dataDir,
    '--config',
    config,
    '--block-time',
    '20ms',
    ...args,
  ]);
  const failed = devnet.code.then((code) => {
    throw new Error(`devnet ended with ${code}: ${devnet.written.stderr}`);
  });
  failed.catch(() => undefined);
  const listening = expect.poll(() => devnet.written.stdout, { timeout: 30_000 }).toMatch(/"listening"/);
  await Promise.race([listening, failed]);
  const { url } = JSON.parse(devnet.written.stdout.split('\n')[0] as string) as { url: string };
  return {
    url,
    stop: async (): Promise<void> => {
      devnet.stop();
      await devnet.code;
    },
  };
}

describe('aivm anchor', () => {
  let evm: EvmChain;
  let rpc: Awaited<ReturnType<typeof serveEvm>>;
  beforeAll(async () => {
    evm = await EvmChain.create([OWNER.account.address]);
    rpc = await serveEvm(evm);
  });
  afterAll(async () => {
    await rpc.close();
    rmSync(folder, { recursive: true });
  });

  it('deploys, hands anchors in, and verifies a receipt of the chain on the EVM', {
    timeout: 180_000,
  }, async () => {
    const first = await startDevnet();
    const deployed = await run('anchor', 'deploy', '--rpc', rpc.url, '--key', key, '--node', first.url);
    expect(deployed).toMatchObject({ code: 0, answer: { evmChainId: 1, owner: OWNER.account.address } });
    await first.stop();

    const contract = deployed.answer.address as string;
    const anchors = join(folder, 'anchors.jsonl');
    const evmOptions = ['--anchor-evm', rpc.url, '--anchor-contract', contract, '--anchor-key', key];
    const node = await startDevnet('--providers', '1', '--anchor-file', anchors, ...evmOptions);
    const input = JSON.stringify(Array.from({ length: 32 }, (_, i) => i));
    const submitted = await run(
      'task',
      'submit',
      'wdbc-int8',
      '--input',
      input,
      '--wait',
      '--dev',
      '0',
      '--node',
      node.url,
    );
    expect(submitted.code, submitted.text).toBe(0);
    const receipt = (...args: readonly string[]) => run('receipt', 'get', '0', '--node', node.url, ...args);
    // The receipt is under the next anchor: one more task brings the blocks that make it.
    await run('task', 'submit', 'wdbc-int8', '--input', input, '--wait', '--dev', '0', '--node', node.url);
    const anchored = await receipt('--anchor', 'latest');
    expect(anchored.code, anchored.text).toBe(0);
    const file = inFolder('receipt.json', JSON.stringify(anchored.answer));
    const { height } = (anchored.answer.header ?? {}) as { height: number };
    const delivered = async (): Promise<boolean> => {
      const { answer } = await run('anchor', 'list', '--node', node.url);
      const sinks = answer.sinks as { sink: string; delivered: number }[];
      return sinks.filter(({ sink }) => sink !== 'host').every((sink) => sink.delivered * 2 >= height);
    };
    await expect.poll(delivered, { timeout: 60_000, interval: 250 }).toBe(true);

    const verify = (path: string) => run('anchor', 'verify', path, '--rpc', rpc.url, '--contract', contract);
    expect(await verify(file)).toMatchObject({ code: 0, answer: { valid: true, index: 0, height } });
    const moved = inFolder('moved.json', JSON.stringify({ ...anchored.answer, index: 1 }));
    expect(await verify(moved)).toMatchObject({ code: 1, answer: { valid: false } });
    // Every line of the file is an anchor that extends the line before.
    const lines = readFileSync(anchors, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => parseAnchor(parseJson(line)));
    expect(lines.map(({ number }) => Number(number))).toEqual(lines.map((_, i) => i));
    await node.stop();
  });

  it('takes no key on the command line, and says what is missing', async () => {
    const options = ['--rpc', rpc.url, '--node', 'http://127.0.0.1:1'];
    const none = await run('anchor', 'deploy', ...options);
    expect(none).toMatchObject({ code: 2, text: expect.stringContaining('AIVM_ANCHOR_KEY_HEX') });
    const node = ['node', '--data-dir', dataDir, '--anchor-evm', rpc.url];
    expect(await run(...node)).toMatchObject({ code: 2, text: expect.stringContaining('--anchor-contract') });
    const http = await run('node', '--data-dir', dataDir, '--anchor-http', 'ftp://x');
    expect(http).toMatchObject({ code: 2, text: expect.stringContaining('http or https') });
  });
});
