import { chooseNetworkEngine, type NetworkEngine } from '@aivm/backends';
import { runNetwork, traceTree } from '@aivm/core/network';
import { Random } from '../../packages/core/test/network/support/random.ts';
import { randomHeader, randomTask } from '../../packages/core/test/network/support/random-graph.ts';

// Random networks over random bytes: every engine that runs here must write the trace of the reference, byte for byte, and
// so the same root (computed for one in a hundred). Ends with 1 at the first difference and prints its seed.
// Run with: npm run fuzz:engines -- [NETWORKS] [FIRST SEED]
const count = Number(process.argv[2] ?? 1_000);
const first = Number(process.argv[3] ?? 0);
const STEP = 5_000;

const engines: readonly NetworkEngine[] = (['native', 'wasm'] as const).flatMap((name) => {
  try {
    const onRefusal = (message: string): never => {
      throw new Error(message);
    };
    return [chooseNetworkEngine({ environment: process.env, name, onRefusal }).engine];
  } catch (error) {
    console.log(`left out: ${(error as Error).message}`);
    return [];
  }
});

const kinds = new Map<string, number>();
for (let seed = first; seed < first + count; seed++) {
  const random = new Random(seed);
  const header = randomHeader(random, random.int(1, 14));
  const { network, input, blob } = randomTask(random, header);
  for (const { kind } of header.operators) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const expected = runNetwork(network, blob, input);
  const root = seed % 100 === 0 ? traceTree(network, expected).root : undefined;
  for (const engine of engines) {
    const trace = await engine.load(header, blob).pass({ network, input });
    const isEqual =
      Buffer.compare(trace.bytes, expected.bytes) === 0 &&
      (root === undefined || Buffer.compare(traceTree(network, trace).root, root) === 0);
    if (isEqual) continue;
    console.error(`${engine.name} differs from the reference: seed ${seed}`);
    process.exit(1);
  }
  if ((seed - first + 1) % STEP === 0) console.log(`${seed - first + 1} networks`);
}
console.log(`${count} networks from seed ${first}: ${engines.map(({ name }) => name).join(' and ')} agree`);
console.log(Object.fromEntries([...kinds].sort()));
