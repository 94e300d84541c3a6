/**
 * Flips one bit of one file of a data directory, again and again on fresh copies. Damage must be found and named:
 * `verify-db` exits with 6 and a node refuses to start, and where a node does start every answer is that of the sound
 * directory. No process may abort.
 *
 *   npx tsx --conditions aivm-source packages/cli/scripts/soak-flips.ts --flips 200
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type SoakProcess, startAivm } from './soak/processes.ts';

const START_TIMEOUT_MS = 120_000;
/** Exit code of a damaged data directory. */
const DAMAGED = 6;
/** LevelDB's own notes, which nothing reads. */
const NOTES = /(?:^|\/)(?:LOG|LOG\.old|LOCK)$/;

const { values } = parseArgs({
  options: {
    flips: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    rows: { type: 'string', default: '40' },
  },
});
const flips = Number(values.flips);

/** Numerical Recipes' generator: enough to choose files and bits, and the same for a seed everywhere. */
let random = Number(values.seed) >>> 0;
function below(bound: number): number {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
  return Math.floor((random / 2 ** 32) * bound);
}

const root = mkdtempSync(join(tmpdir(), 'aivm-flips-'));
const sound = join(root, 'sound');
const problems: string[] = [];
const counts = { found: 0, harmless: 0 };

const filesOf = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort();

async function startNode(
  directory: string,
): Promise<{ readonly process: SoakProcess; readonly url: string | undefined }> {
  const process = startAivm(['devnet', '--data-dir', directory, '--adopt', '--port', '0', '--json']);
  const listening = process
    .waitFor(/^\{"event":"listening".*\}$/m, START_TIMEOUT_MS)
    .then(([line]) => (JSON.parse(line) as { url: string }).url);
  const url = await Promise.race([listening, process.ended.then(() => undefined)]).catch(() => undefined);
  return { process, url };
}

/** What a client can read of the past: the same for ever. */
async function readAll(url: string, paths: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const path of paths) {
    const response = await fetch(`${url}${path}`);
    answers.push(response.ok ? await response.text() : `${response.status}`);
  }
  return answers;
}

async function makeChain(): Promise<void> {
  const demo = startAivm(['demo', '--rows', values.rows, '--data-dir', sound, '--json']);
  if ((await demo.ended) !== 0) throw new Error(`the demo failed: ${demo.tail()}`);
}

async function pathsOf(url: string): Promise<readonly string[]> {
  const list = async (path: string): Promise<readonly Record<string, unknown>[]> => {
    const body = (await (await fetch(`${url}${path}`)).json()) as Record<string, unknown>;
    return Object.values(body).find(Array.isArray) ?? [];
  };
  const tasks = (await list('/tasks?limit=100')).map(({ id }) => `/tasks?id=${String(id)}`);
  const blocks = Array.from({ length: 60 }, (_, height) => `/blocks/${height}`);
  const receipts = Array.from({ length: 5 }, (_, index) => `/receipts/${index}`);
  return [...tasks, ...blocks, ...receipts, '/providers', '/models', '/disputes'];
}

async function verifyExit(
  directory: string,
): Promise<{ readonly code: number | null; readonly tail: string }> {
  const verify = startAivm(['verify-db', directory]);
  return { code: await verify.ended, tail: verify.tail() };
}

async function tryFlip(number: number, paths: readonly string[], expected: readonly string[]): Promise<void> {
  const copy = join(root, `flip-${number}`);
  cpSync(sound, copy, { recursive: true });
  const files = filesOf(copy).filter((name) => statSync(join(copy, name)).size > 0);
  const name = files[below(files.length)] ?? '';
  const bytes = readFileSync(join(copy, name));
  const [at, bit] = [below(bytes.length), below(8)];
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(join(copy, name), bytes);
  const what = `flip ${number}: bit ${bit} of byte ${at} of ${name}`;
  const isNote = NOTES.test(name);
  const { code, tail } = await verifyExit(copy);
  if (code !== (isNote ? 0 : DAMAGED)) problems.push(`${what}: verify-db exits with ${code}\n${tail}`);
  const { process, url } = await startNode(copy);
  if (url === undefined) {
    const exit = await process.ended;
    if (exit !== DAMAGED || isNote) problems.push(`${what}: the node exits with ${exit}\n${process.tail()}`);
    counts.found++;
  } else {
    const answers = await readAll(url, paths);
    const wrong = paths.filter((_, i) => answers[i] !== expected[i] && answers[i] !== '500');
    if (wrong.length > 0) problems.push(`${what}: other answers from ${wrong.join(' ')}`);
    if (!isNote) problems.push(`${what}: the node started`);
    process.child.kill('SIGTERM');
    const exit = await process.ended;
    if (exit !== 0) problems.push(`${what}: the node ended with ${exit}\n${process.tail()}`);
    counts.harmless++;
  }
  rmSync(copy, { recursive: true, force: true });
}

try {
  await makeChain();
  const { process, url } = await startNode(sound);
  if (url === undefined) throw new Error(`the sound directory does not start: ${process.tail()}`);
  const paths = await pathsOf(url);
  const expected = await readAll(url, paths);
  process.child.kill('SIGTERM');
  await process.ended;
  const before = await verifyExit(sound);
  if (before.code !== 0) throw new Error(`the sound directory is refused: ${before.tail}`);
  for (let number = 1; number <= flips; number++) {
    await tryFlip(number, paths, expected);
    if (number % 10 === 0)
      console.log(
        `${number}/${flips}: ${counts.found} found, ${counts.harmless} in notes, ${problems.length} problems`,
      );
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
console.log(
  `${flips} flips: ${counts.found} found, ${counts.harmless} in notes of the engine, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
