import { utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import type { Operation, Transaction } from '@aivm/core/tx';
import { BenchSigner, benchGenesis } from './signer.ts';

/** Who signs: in turn, so that a block of 1,000 has 20 transactions of each. */
const SENDERS = 50;
/** Room for every task of a run: nobody answers them. */
const QUEUE_SIZE = 100_000;
const FEE = 5_000_000n;

const transfer = (to: Uint8Array): Operation => ({ kind: 'transfer', to, amount: 1n });

const task = (id: string): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: 'wdbc-int8',
  input: ZERO_32,
  fee: FEE,
  maxAdmission: 0n,
  mode: 0,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
});

/** Transfers alone, or in turn a transfer and a new task of 32 bytes, which then waits for a provider that never comes. */
export const LOAD_NAMES = ['transfers', 'transfers and tasks'] as const;
export type LoadName = (typeof LOAD_NAMES)[number];

/** Transactions for a chain that starts from `genesis`. */
export interface PipelineLoad {
  readonly name: LoadName;
  readonly genesis: Readonly<Record<string, unknown>>;
  /** The next `count` transactions. Every transfer goes to an address that is new. */
  sign(count: number): readonly Transaction[];
}

/** A load from its beginning; two of a name sign the same transactions. */
export function createPipelineLoad(loadName: LoadName): PipelineLoad {
  const signers = Array.from({ length: SENDERS }, (_, index) => new BenchSigner(`sender ${index}`));
  let made = 0;
  const next = (): Transaction => {
    const number = made++;
    const name = `bench-${number}`;
    const isTask = loadName !== 'transfers' && number % 2 === 1;
    const operation = isTask ? task(name) : transfer(keccak256(utf8ToBytes(name)).slice(12));
    return (signers[(number >> 1) % SENDERS] as BenchSigner).sign(operation);
  };
  const genesis = benchGenesis(signers, { maxTaskQueueSize: QUEUE_SIZE });
  for (const signer of signers) signer.join(genesis);
  return {
    name: loadName,
    genesis,
    sign: (count) => Array.from({ length: count }, next),
  };
}
