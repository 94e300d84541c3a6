import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/command-table.ts';
import { SERVICES } from '../../src/commands/config.ts';
import { expandConfig, readConfigFile, withConfigFile } from '../../src/config/config-file.ts';
import { createConfigSchema } from '../../src/config/config-schema.ts';
import { amountOption, durationOption, integerOption, listOption } from '../../src/option-parsers.ts';
import { runCli } from '../../src/run-cli.ts';

const createService = (): Command =>
  withConfigFile(
    new Command('service')
      .option('--port <port>', 'a port', integerOption(0, 65_535), 9_650)
      .option('--wait <duration>', 'a wait', durationOption, 100)
      .option('--bond <amount>', 'a bond', amountOption)
      .option('--models <list>', 'models', listOption, [])
      .option(
        '--limit <name=value>',
        'a bound',
        (text: string, before: readonly string[]) => [...before, text],
        [],
      )
      .option('--persistent', 'a switch')
      .option('--json', 'JSON')
      .addOption(new Option('--node <url>', 'a node').env('AIVM_NODE').default('http://127.0.0.1:9650'))
      .addOption(new Option('--log-level <level>', 'a level').choices(['info', 'warn']).default('warn')),
  );

describe('a configuration file', () => {
  let directory = '';
  let path = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-config-'));
    path = join(directory, 'service.json');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** What the service is started with. */
  async function start(file: unknown, args: readonly string[] = [], env: Record<string, string> = {}) {
    await writeFile(path, typeof file === 'string' ? file : JSON.stringify(file));
    const command = createService();
    command.exitOverride();
    const words = await expandConfig(command, ['--config', path, ...args], env);
    await command.action(() => undefined).parseAsync([...words], { from: 'user' });
    return command.opts();
  }
  const refusal = async (file: unknown): Promise<string> => {
    const error = await start(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  };

  it('sets what flags set, in the forms that JSON has for it', async () => {
    const file = {
      $schema: 'service.schema.json',
      ...{ port: 1, wait: '2s', bond: '1.5 AI', models: ['a', 'b'], persistent: true, 'log-level': 'info' },
      limit: { 'requests-per-second': 5, 'input-bytes-max': '7' },
    };
    expect(await start(file)).toMatchObject({
      ...{ port: 1, wait: 2_000, bond: 1_500_000_000_000_000_000n, models: ['a', 'b'], persistent: true },
      ...{ logLevel: 'info', limit: ['requests-per-second=5', 'input-bytes-max=7'] },
    });
    expect(await start({ persistent: false, limit: ['x=1'], models: 'c,d' })).toMatchObject({
      ...{ limit: ['x=1'], models: ['c', 'd'], port: 9_650 },
    });
    expect((await start('{"bond":123456789012345678901}')).bond).toBe(123_456_789_012_345_678_901n);
  });

  it('is beaten by the command line, and by the environment', async () => {
    const file = { port: 1, limit: ['a=1', 'b=2'], node: 'http://file:1', wait: 1 };
    expect(await start(file, ['--port', '2', '--limit=c=3'])).toMatchObject({
      ...{ port: 2, limit: ['c=3'], node: 'http://file:1', wait: 1 },
    });
    process.env.AIVM_NODE = 'http://environment:1';
    try {
      expect((await start(file, [], { AIVM_NODE: 'http://environment:1' })).node).toBe(
        'http://environment:1',
      );
    } finally {
      delete process.env.AIVM_NODE;
    }
  });

  it('is refused with every fault in it: the name, the value, what was expected', async () => {
    const said = await refusal({
      prot: 1,
      port: 70_000,
      wait: 'soon',
      persistent: 'yes',
      logLevel: 'x',
      models: [[1]],
    });
    expect(said).toContain(path);
    for (const part of [
      '"prot" is no flag of aivm service; did you mean "port"?',
      'port: Expected an integer 0…65535, got "70000"',
      'wait: Expected a duration',
      'persistent: expected true or false, got "yes"',
      'did you mean "log-level"?',
      'models: expected text in the list, got [1]',
    ])
      expect(said).toContain(part);
    expect(await refusal({ 'log-level': 'loud' })).toContain('info, warn');
    expect(await refusal({ json: true })).toContain('"json" is no flag');
    expect(await refusal([1])).toContain('expected a JSON object of flags');
    expect(await refusal('{')).toContain(path);
    expect(await refusal('')).toContain('the file is empty');
  });

  it('that is not there is named', async () => {
    await expect(readConfigFile(createService(), join(directory, 'none.json'))).rejects.toThrow(
      'no configuration at',
    );
    await expect(expandConfig(createService(), ['--config=none.json'], {})).rejects.toThrow('none.json');
    // Without a value the parser of flags says what is missing.
    expect(await expandConfig(createService(), ['--config'], {})).toEqual(['--config']);
  });

  it('of a real service is read before anything is demanded of the command line', async () => {
    await writeFile(path, JSON.stringify({ 'data-dir': join(directory, 'none'), port: 'x' }));
    let stderr = '';
    const sink = {
      write: (text: string) => {
        stderr += text;
      },
    };
    const surroundings = { stdout: sink, stderr: sink, env: {}, signal: new AbortController().signal };
    expect(await runCli(['node', '--config', path], surroundings)).toBe(2);
    expect(stderr).toContain(`${path}: port: Expected an integer 0…65535, got "x"`);
    await writeFile(path, JSON.stringify({ 'data-dir': join(directory, 'none') }));
    expect(await runCli(['node', '--config', path], surroundings)).toBe(2);
    expect(stderr).toContain('holds no chain yet: give --genesis FILE');
    expect(await runCli(['config', 'check', 'watch', path], surroundings)).toBe(2);
    expect(stderr).toContain('"data-dir" is no flag of aivm watch');
    expect(await runCli(['config', 'schema', 'stats'], surroundings)).toBe(2);
  });
});

describe('the published schemas', () => {
  const sink = { write: () => true };
  const context = {
    stdout: sink,
    stderr: sink,
    env: {},
    signal: new AbortController().signal,
    setExitCode: () => {},
  };

  it.each(SERVICES)('of aivm %s is that of its flags', async (name) => {
    const command = await COMMANDS.find((entry) => entry.name === name)?.load(context);
    const schema = createConfigSchema(command as Command);
    const published = await readFile(
      new URL(`../../../../ops/schemas/${name}.schema.json`, import.meta.url),
      'utf8',
    );
    expect(JSON.parse(published), 'npm run docs:schemas writes it').toEqual(
      JSON.parse(JSON.stringify(schema)),
    );
    const properties = schema.properties as Record<string, { description?: string }>;
    expect(Object.keys(properties).length).toBeGreaterThan(5);
    expect(
      Object.entries(properties).filter(([key, { description }]) => key !== '$schema' && !description),
    ).toEqual([]);
  });
});
