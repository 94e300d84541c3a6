import { parseArgs } from 'node:util';
import { createWasmBackend } from '@aivm/backends';
import { keccak256 } from '@aivm/core/crypto';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { stateKeys } from '@aivm/core/state';
import { installCrypto } from '@aivm/node';
import { thisMachine } from '../packages/cli/src/bench/measure.ts';
import { accountCodec } from '../packages/core/src/state/records/account.ts';
import { addCrowd } from './work/crowd.ts';
import { type Measured, measureAll, measuredCase, type Row } from './work/measure.ts';
import { modelCases } from './work/model-cases.ts';
import { evidenceCases, moveCases } from './work/move-cases.ts';
import { panelCases } from './work/panel-cases.ts';
import { providerCases, transfers } from './work/provider-cases.ts';
import { conviction, taskCases } from './work/task-cases.ts';
import { timerBlocks } from './work/timer-blocks.ts';
import { closingBlock, FULL_SIZES, fullBlock, SMOKE_SIZES } from './work/whole-blocks.ts';
import { WorkChain } from './work/work-chain.ts';

// What every operation costs at its worst for each unit of work that it is charged, as a ratio to a payment in the same
// run; and the blocks that the chain makes by itself: closing an epoch, and a height full of timers.
// Run with: npx tsx --conditions=aivm-source bench/work.ts [--smoke] [--portable] [--rounds N] [--only TEXT,TEXT] [--json]
// Fails where an operation costs more than twice its price, or one of those blocks more than it may.
const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    /** Signatures, hashes and kernels of the reference instead of those that a node uses. */
    portable: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    accounts: { type: 'string', default: '50000' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const PRICE_RATIO_MAX = 2;
const TIMERS_MS_MAX = 1_000;
const ROUNDS = values.smoke ? 1 : Number(values.rounds);
const SIZES = values.smoke ? SMOKE_SIZES : FULL_SIZES;

/** The chain's defaults, with a queue that takes as many tasks as a height has timers. */
const GENESIS = { params: { development: true }, config: { maxTaskQueueSize: 4_000 } };

function openKernels(): KernelBackend {
  if (values.portable) return referenceBackend;
  installCrypto();
  return createWasmBackend();
}

/** A chain with the worst providers, and accounts enough that its state tree is deep. */
function createBase(): WorkChain {
  const base = WorkChain.begin(openKernels(), GENESIS);
  addCrowd(base);
  base.prepare((context) => {
    const account = { balance: 1n, nonce: 0n, pendingTasks: 0 };
    const count = values.smoke ? 100 : Number(values.accounts);
    for (let i = 0; i < count; i++)
      context.state.setRecord(
        stateKeys.account(keccak256(Uint8Array.of(i, i >> 8, i >> 16)).slice(12)),
        accountCodec,
        account,
      );
  });
  return base;
}

const isWanted = ({ name }: { readonly name: string }): boolean =>
  values.only.split(',').some((part) => name.includes(part));

/** A row with its time for each unit, held against that of a payment. */
interface Priced extends Row {
  readonly ratio: number;
}

function measureOperations(base: WorkChain): readonly Priced[] {
  const cases = [...providerCases, ...modelCases, ...taskCases, ...panelCases, conviction].filter(isWanted);
  const others =
    values.only === '' && !values.smoke ? [...moveCases(), ...evidenceCases(values.portable)] : [];
  const payments = measuredCase(base, transfers(values.smoke ? 5 : 50));
  const measured: Measured[] = [payments];
  for (const one of cases) measured.push(measuredCase(base, one));
  const rows = measureAll([...measured, ...others], ROUNDS);
  const price = rows[0]?.nsPerUnit ?? 1;
  return rows.map((row) => ({ ...row, ratio: row.nsPerUnit / price }));
}

/** What is over, in words. */
function findFaults(
  operations: readonly Priced[],
  [full, closing, ...timers]: readonly Row[],
): readonly string[] {
  const faults = operations
    .filter(({ name, ratio }) => ratio > PRICE_RATIO_MAX && name !== conviction.name)
    .map(({ name, ratio }) => `${name}: ${ratio.toFixed(2)} times its price, at most ${PRICE_RATIO_MAX}`);
  if (full !== undefined && closing !== undefined && closing.nsPerOp > full.nsPerOp)
    faults.push(`${closing.name}: with a full block's transactions more than twice a full block's time`);
  for (const { name, nsPerOp } of timers)
    if (nsPerOp > TIMERS_MS_MAX * 1e6)
      faults.push(`${name}: ${(nsPerOp / 1e6).toFixed(0)} ms, at most ${TIMERS_MS_MAX}`);
  return faults;
}

const base = createBase();
const operations = measureOperations(base);
const blocks =
  values.only === '' || values.only.includes('blocks')
    ? measureAll(
        [fullBlock(base, SIZES), closingBlock(base, SIZES), ...timerBlocks(base, SIZES)],
        Math.min(3, ROUNDS),
      )
    : [];
const faults = findFaults(operations, blocks);
const machine = thisMachine();
if (values.json) {
  console.log(
    JSON.stringify({ machine, portable: values.portable, rounds: ROUNDS, operations, blocks, faults }),
  );
} else {
  const engines = values.portable ? 'portable' : 'native signatures, WebAssembly hashes and kernels';
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.runtime}; ${engines}; ${ROUNDS} rounds`);
  console.table(
    operations.map(({ name, work, nsPerOp, nsPerUnit, ratio }) => ({
      ...{ operation: name, 'units each': Math.round(work), 'µs each': Math.round(nsPerOp / 1e3) },
      ...{ 'ns/unit': Math.round(nsPerUnit), 'times its price': Number(ratio.toFixed(2)) },
    })),
  );
  const [full] = blocks;
  console.table(
    blocks.map(({ name, nsPerOp }) => ({
      ...{
        block: name,
        ms: Math.round(nsPerOp / 1e6),
        'of a full block': Number((nsPerOp / (full?.nsPerOp ?? 1)).toFixed(2)),
      },
    })),
  );
}
// One round on small tables shows that it runs, not how fast.
if (!values.smoke && faults.length > 0) {
  for (const fault of faults) console.error(fault);
  process.exitCode = 1;
}
