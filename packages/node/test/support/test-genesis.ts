import { bytesToHex } from '@aivm/core/bytes';
import { keccak256, namedHash, privateKeyToAddress } from '@aivm/core/crypto';
import { type Genesis, genesisModels, hashGenesis, parseGenesis } from '@aivm/core/execute';
import { type Operation, type OperationOf, signTransaction, type Transaction } from '@aivm/core/tx';

/** A person of the tests: a key, its address, and a nonce that counts up. */
export class TestAccount {
  readonly privateKey: Uint8Array;
  readonly address: Uint8Array;
  nonce = 0n;
  /** Of the last genesis that was made with this person. */
  genesisHash: Uint8Array = new Uint8Array(32);

  constructor(index: number) {
    this.privateKey = keccak256(Uint8Array.of(0x74, index));
    this.address = privateKeyToAddress(this.privateKey);
  }

  get text(): string {
    return `0x${bytesToHex(this.address)}`;
  }

  /** Signs at the next nonce, or at one that is given. */
  sign(operation: Operation, nonce: bigint = this.nonce++, expiry = 0n): Transaction {
    const { genesisHash } = this;
    return signTransaction(
      { chainId: TEST_CHAIN_ID, genesisHash, nonce, expiry, operation },
      this.privateKey,
    );
  }
}

export const TEST_CHAIN_ID = 7n;
/** Genesis time of the tests, seconds. */
export const TEST_TIMESTAMP = 1_700_000_000;

/** A small chain with short windows. `people` have 10^21 each, and sign for it from now on. */
export function testGenesis(
  people: readonly TestAccount[],
  overrides: Record<string, unknown> = {},
): Genesis {
  const genesis = parseGenesis({
    version: 1,
    message: 'test',
    timestamp: TEST_TIMESTAMP,
    chainId: TEST_CHAIN_ID,
    config: { challengeWindowBlocks: 5, taskTimeout: '9s', merkleAnchorFreq: 4 },
    params: { development: true },
    allocations: Object.fromEntries(people.map((person) => [person.text, (10n ** 21n).toString()])),
    ...overrides,
  });
  for (const person of people) person.genesisHash = hashGenesis(genesis);
  return genesis;
}

export const people = (count: number): readonly TestAccount[] =>
  Array.from({ length: count }, (_, index) => new TestAccount(index));

export const transfer = (to: Uint8Array, amount = 1n): OperationOf<'transfer'> => ({
  kind: 'transfer',
  to,
  amount,
});

export const submitTask = (
  id: string,
  changes: Partial<OperationOf<'submitTask'>> = {},
): OperationOf<'submitTask'> => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: 'wdbc-int8',
  input: new Uint8Array(32),
  fee: 5_000_000n,
  maxAdmission: 0n,
  mode: 0,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
  ...changes,
});

export const registerProvider = (id: string, walletAddress: Uint8Array): OperationOf<'registerProvider'> => ({
  kind: 'registerProvider',
  id,
  walletAddress,
  endpoint: 'http://provider.invalid',
  gpus: [],
  models: [],
  bond: 10n ** 18n,
});

const wdbc = genesisModels().find(({ id }) => id === 'wdbc-int8');
/** What a task of {@link submitTask} binds, in its first attempt. */
const FACTS = {
  attempt: 1,
  inputHash: namedHash('Input', new Uint8Array(32)),
  weightHash: namedHash('Weights', wdbc?.weights ?? new Uint8Array()),
};

export const submitResult = (
  taskId: string,
  provider: string,
  output: Uint8Array,
): OperationOf<'submitResult'> => ({
  kind: 'submitResult',
  taskId,
  provider,
  ...FACTS,
  output,
  error: '',
  computeTimeMs: 3n,
  proof: new Uint8Array(0),
  sessionSignature: new Uint8Array(0),
});

/** Of the result `posted`. */
export const challenge = (
  taskId: string,
  output: Uint8Array,
  posted: Uint8Array,
): OperationOf<'challenge'> => ({
  kind: 'challenge',
  taskId,
  ...FACTS,
  panel: 0,
  postedHash: namedHash('Output', posted),
  output,
  bond: 10n ** 16n,
  rootCommitment: new Uint8Array(32),
});
