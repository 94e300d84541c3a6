import { playEvilNode } from './play-evil-node.ts';

const CHANGES_PER_WORLD = 400;

function optionOf(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name}: expected an integer from 1 on`);
  return value;
}

/** Routes that workers and the sdk read; each must have been changed in a long soak. */
const ROUTES = [
  'getConfig',
  'getHealth',
  'getAccount',
  'getWork',
  'getTask',
  'listTasks',
  'getStateProof',
  'listBlocks',
  'getTransaction',
  'submitTransaction',
  'subscribeEvents',
];

const changes = optionOf('changes', 2_000);
const seed = optionOf('seed', 1);
const byRoute = new Map<string, number>();
const faults: string[] = [];
let total = 0;
let tasks = 0;
let lies = 0;
for (let world = 0; total < changes; world++) {
  const left = Math.min(CHANGES_PER_WORLD, changes - total);
  const outcome = await playEvilNode({ seed: seed + world, changes: left, oneIn: 6, timeoutMs: 300_000 });
  total += outcome.changes;
  tasks += outcome.tasks;
  lies += outcome.lies;
  for (const [route, count] of Object.entries(outcome.byRoute))
    byRoute.set(route, (byRoute.get(route) ?? 0) + count);
  const wrong = [...outcome.ended, ...outcome.losses, ...outcome.faults];
  faults.push(...wrong.map((text) => `seed ${seed + world}: ${text}`));
  console.log(JSON.stringify({ seed: seed + world, changes: outcome.changes, tasks: outcome.tasks, wrong }));
}
if (changes >= 2_000) {
  for (const route of ROUTES) if (!byRoute.has(route)) faults.push(`no answer of ${route} was changed`);
}
console.log(JSON.stringify({ changes: total, tasks, lies, byRoute: Object.fromEntries(byRoute), faults }));
process.exit(faults.length === 0 ? 0 : 1);
