import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliProcess, lastJsonLine, runCli, startCli } from '../spawn-cli.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const guide = await readFile(join(ROOT, 'docs', 'gateway.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text]) => text as string,
  );
/** The arguments of the commands of the guide, in their order; amounts are quoted there. */
const commands = blocks('sh')
  .flatMap((text) => text.trim().split('\n'))
  .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? ''))
  .map(([npx, aivm, ...args]) => {
    expect([npx, aivm]).toEqual(['npx', 'aivm']);
    return args;
  });
const withoutNumbers = (text: string): string =>
  text.replace(/devnet-\d/g, 'devnet').replace(/block \d+/g, 'block');

describe('docs/gateway.md', { timeout: 180_000 }, () => {
  let directory = '';
  let devnet: CliProcess;
  let node = '';
  beforeAll(async () => {
    const cache = join(ROOT, 'node_modules', '.cache');
    await mkdir(cache, { recursive: true });
    directory = await mkdtemp(join(cache, 'aivm-guide-'));
    devnet = startCli([...(commands[0] as string[]), '--port', '0', '--json']);
    node = JSON.parse((await devnet.waitFor(/^\{"event":"listening".*$/m, 90_000))[0]).url;
    await devnet.waitFor(/^\{"event":"held","model":"story","providers":3\}$/m, 90_000);
  }, 180_000);
  afterAll(async () => {
    devnet?.child.kill('SIGTERM');
    await devnet?.ended;
    await rm(directory, { recursive: true, force: true });
  });

  it('starts a gateway, and its program prints what the page says', async () => {
    const gateway = startCli([...(commands[1] as string[]), '--port', '0', '--node', node, '--json']);
    const { key } = JSON.parse((await gateway.waitFor(/^\{"event":"key".*$/m, 90_000))[0]);
    const { url } = JSON.parse((await gateway.waitFor(/^\{"event":"listening".*$/m))[0]);
    const program = join(directory, 'ask.mjs');
    await writeFile(program, (blocks('js')[0] as string).replace('http://127.0.0.1:9670/v1', url));
    const { execFile } = await import('node:child_process');
    const printed = await new Promise<string>((resolve, reject) => {
      const env = { ...process.env, AIVM_API_KEY: key };
      execFile(process.execPath, [program], { env }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    expect(withoutNumbers(printed)).toBe(withoutNumbers(blocks('text')[0] as string));
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toMatchObject({ code: 0 });
  });

  it('makes keys with limits, which the gateway obeys', async () => {
    const keys = join(directory, 'gateway.json');
    const [day, account, serve] = commands.slice(2) as [string[], string[], string[]];
    const inFolder = (args: readonly string[]) => args.map((arg) => (arg === 'gateway.json' ? keys : arg));
    const made = await runCli([...inFolder(day), '--json']);
    expect(made).toMatchObject({ code: 0 });
    const { key } = lastJsonLine(made.stdout) as { key: string };
    const text = await readFile(keys, 'utf8');
    expect(text).not.toContain(key);
    expect(JSON.parse(text).keys[0]).toMatchObject({
      name: 'team-a',
      account: 'default',
      limits: { perDay: '1 AI' },
    });
    expect((await stat(keys)).mode & 0o077).toBe(0);
    expect(await runCli(inFolder(day))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('there is a key "team-a"'),
    });
    expect(account).toContain('team-b.key');
    const dev = serve.map((arg) => (arg === '--key' ? '--dev' : arg === 'gateway.key' ? '0' : arg));
    const gateway = startCli([...inFolder(dev), '--port', '0', '--node', node, '--json']);
    const { url } = JSON.parse((await gateway.waitFor(/^\{"event":"listening".*$/m, 90_000))[0]);
    const usage = await fetch(`${url}/usage`, { headers: { authorization: `Bearer ${key}` } });
    expect(await usage.json()).toMatchObject({
      key: 'team-a',
      limits: { per_day: '1 AI', per_request: '0.01 AI' },
    });
    gateway.child.kill('SIGTERM');
    await gateway.ended;
  });

  it.each([
    [2, 'where is the key kept? give --keys FILE', ['gateway', 'key', 'x']],
    [3, 'no such file; make a key', ['gateway', '--keys', 'DIR/none.json', '--dev', '0']],
    [2, 'who signs?', ['gateway', '--port', '0']],
    [
      2,
      '--network needs --providers 3 or more, got 1',
      ['devnet', '--providers', '1', '--network', 'models/story'],
    ],
    [
      2,
      '--backend openai needs --base-url URL',
      ['provider', '--id', 'x', '--dev', '1', '--backend', 'openai'],
    ],
  ] as const)('is refused with %i: %s', async (code, message, args) => {
    const result = await runCli(args.map((arg) => arg.replace('DIR', directory)));
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });
});
