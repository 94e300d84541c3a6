import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AivmError, ERROR_CODES, type ErrorCode } from '@aivm/core/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError, UsageError } from '../src/cli-context.ts';
import { createDevnetGenesis } from '../src/node/devnet-genesis.ts';
import { keepGenesis } from '../src/node/genesis-file.ts';
import { reportError } from '../src/run-cli.ts';
import { runCli, startCli } from './spawn-cli.ts';

let directory = '';
let closedPort = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-cli-'));
  await writeFile(join(directory, 'taken.key'), 'x');
  await writeFile(join(directory, 'not-a-receipt.json'), '{}');
  await writeFile(join(directory, 'bad.key'), 'nonsense', { mode: 0o600 });
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  await writeFile(join(directory, 'c.json'), '{"challengeWindowBlocks":77}');
  await keepGenesis(
    join(directory, 'kept'),
    createDevnetGenesis({ timestamp: 1_700_000_000, blockTimeMs: 100, accounts: 10 }),
  );
  await keepGenesis(join(directory, 'own'), '{"version":1}');
  closedPort = (server.address() as { port: number }).port;
  await new Promise((resolve) => server.close(resolve));
});
afterAll(() => rm(directory, { recursive: true }));

const cases: [code: number, start: string, args: string[]][] = [
  [2, 'error: usage: unknown command', ['nonsense']],
  [2, 'error: usage: unknown option', ['version', '--nonsense']],
  [2, 'error: usage: missing required argument', ['conformance']],
  [2, 'error: usage: required option', ['account', 'new']],
  [2, 'error: usage: option', ['devnet', '--port', '65536']],
  [2, 'error: usage: who signs?', ['account', 'balance']],
  [2, 'error: usage: url:', ['stats', '--node', 'nonsense']],
  [2, 'error: usage: option', ['demo', '--mode', 'nonsense']],
  [2, 'error: usage: --no-watch belongs to', ['demo', '--mode', 'redundant', '--no-watch']],
  [2, 'error: usage: --accounts is part', ['devnet', '--data-dir', 'DIR/kept', '--accounts', '5']],
  [2, 'error: usage: --config is part', ['devnet', '--data-dir', 'DIR/kept', '--config', 'DIR/c.json']],
  [2, 'error: usage: --accounts is part', ['devnet', '--data-dir', 'DIR/own', '--accounts', '5']],
  [2, 'error: usage: --accounts and --genesis', ['devnet', '--genesis', 'DIR/g', '--accounts', '5']],
  [2, 'error: usage: a provider needs a name', ['provider', '--dev', '1']],
  [3, 'error: not_found:', ['receipt', 'verify', 'DIR/absent.json']],
  [3, 'error: not_found:', ['account', 'balance', '--key', 'DIR/absent.key']],
  [3, 'error: not_found:', ['conformance', 'DIR/absent']],
  [
    3,
    'error: not_found: no reports at',
    ['provider', '--id', 'p', '--dev', '1', '--node', 'NODE', '--tee', 'snp', '--tsm-dir', 'DIR/absent'],
  ],
  [2, 'error: usage: --tee software needs', ['provider', '--id', 'p', '--dev', '1', '--tee', 'software']],
  [2, 'error: usage: --rim: of use', ['provider', '--id', 'p', '--dev', '1', '--rim', 'DIR/absent']],
  [4, 'error: id_taken:', ['account', 'new', '--out', 'DIR/taken.key']],
  [1, 'error: malformed:', ['account', 'balance', '--key', 'DIR/bad.key']],
  [1, '', ['receipt', 'verify', 'DIR/not-a-receipt.json']],
  [5, 'error: unreachable:', ['stats', '--node', 'NODE']],
  [5, 'error: unreachable:', ['task', 'get', 't-1', '--node', 'NODE']],
  [6, 'error: data_dir_', ['verify-db', 'DIR']],
  [0, '', ['version']],
  [0, '', ['task', 'submit', '--help']],
];

describe('exit codes of the real program', () => {
  it.each(cases)('%i %s aivm %j', async (code, start, args) => {
    const filled = args.map((arg) =>
      arg.replace('DIR', directory).replace('NODE', `http://127.0.0.1:${closedPort}`),
    );
    const result = await runCli(filled);
    expect(result.stderr.startsWith(start), result.stderr).toBe(true);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.code).toBe(code);
  });

  it('shows the stack to whoever debugs', async () => {
    const { stderr } = await runCli(['receipt', 'verify', '/absent'], { AIVM_DEBUG: '1' });
    expect(stderr).toMatch(/\n\s+at /);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('a service that gets %s stops cleanly with %i', async (signal, code) => {
    const devnet = startCli(['devnet', '--port', '0', '--json']);
    await devnet.waitFor(/"url":"http/);
    devnet.child.kill(signal);
    const result = await devnet.ended;
    expect(result.code, result.stderr).toBe(code);
  });
});

describe('exit codes by error', () => {
  const sink = { write: () => true };
  const codeOf = (error: unknown) => reportError(error, { stderr: sink, env: {} });

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s ends as the table says', (code) => {
    expect(codeOf(new AivmError(code))).toBe(ERROR_CODES[code].exitCode);
  });

  it('2 for usage, 130 for Ctrl-C, 1 for a bug', () => {
    expect(codeOf(new UsageError('x'))).toBe(2);
    expect(codeOf(new InterruptedError('x'))).toBe(130);
    expect(codeOf(new Error('x'))).toBe(1);
  });
});
