import type { Operation, OperationName, OperationOf, UnsignedTransaction } from '@aivm/core/tx';
import fc from 'fast-check';

const U64_MAX = (1n << 64n) - 1n;
const U128_MAX = (1n << 128n) - 1n;

const id = fc.string({ unit: 'grapheme-ascii', maxLength: 64 });
const text = fc.string({ unit: 'grapheme', maxLength: 16 });
const decimal = fc.constantFrom('', '0', '82.6', '-1.5');
const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 2 ** 16 - 1 });
const u32 = fc.oneof(fc.constantFrom(0, 2 ** 32 - 1), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const u64 = fc.oneof(fc.constantFrom(0n, 1n, U64_MAX), fc.bigInt({ min: 0n, max: U64_MAX }));
const u128 = fc.oneof(fc.constantFrom(0n, U64_MAX + 1n, U128_MAX), fc.bigInt({ min: 0n, max: U128_MAX }));
const fixed = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const bytes = fc.uint8Array({ maxLength: 80 });
const gpu = fc.record(
  {
    model: text,
    memoryGb: u32,
    tflops: decimal,
    available: fc.boolean(),
    temperature: decimal,
    utilization: decimal,
  },
  { noNullPrototype: true },
);
const gpus = fc.array(gpu, { maxLength: 3 });

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const citation = record({ slot: fixed(32), size: u32 });
const citations = fc.array(citation, { maxLength: 3 });
const statement = record({
  deviceId: text,
  model: text,
  gpuSerial: text,
  pciId: text,
  boardId: text,
  gpuPartNumber: text,
  computeCapability: text,
  driverVersion: text,
  cudaVersion: text,
  vbiosVersion: text,
  benchmarkHash: fixed(32),
  benchmarkTimeMs: u64,
  timestamp: fc.maxSafeNat(),
});

const facts = { attempt: u8, inputHash: fixed(32), weightHash: fixed(32) };
const seat = { taskId: id, provider: id, ...facts, panel: u16, round: u8, seat: u8 };

type Members = {
  readonly [N in OperationName]: {
    readonly [K in keyof Omit<OperationOf<N>, 'kind'>]: fc.Arbitrary<OperationOf<N>[K]>;
  };
};

const members: Members = {
  transfer: { to: fixed(20), amount: u128 },
  registerProvider: {
    id,
    walletAddress: fixed(20),
    endpoint: text,
    gpus,
    models: fc.array(id, { maxLength: 4 }),
    bond: u64,
  },
  updateProvider: { id, walletAddress: fixed(20), endpoint: text, gpus, leastFee: u64 },
  heartbeat: { id },
  addBond: { id, amount: u64 },
  beginUnbond: { id },
  withdrawBond: { id },
  submitCollateral: {
    documentKind: u8,
    body: bytes,
    signature: fc.uint8Array({ maxLength: 64 }),
    chain: fc.array(bytes, { maxLength: 3 }),
  },
  submitAttestation: {
    provider: id,
    nonceHeight: fc.maxSafeNat(),
    sessionKey: fixed(20),
    processors: fc.array(record({ kind: u8, report: bytes, chain: fc.array(bytes, { maxLength: 3 }) }), {
      maxLength: 1,
    }),
    gpus: fc.array(record({ report: bytes, chain: fc.array(bytes, { maxLength: 3 }) }), { maxLength: 3 }),
    statements: fc.array(
      record({ statement, publicKey: fc.uint8Array({ maxLength: 33 }), signature: fixed(64) }),
      { maxLength: 1 },
    ),
    lists: citations,
    documents: fc.array(citation, { maxLength: 2 }),
    manifests: citations,
    responses: fc.array(bytes, { maxLength: 2 }),
  },
  registerModel: {
    id,
    name: text,
    modelType: text,
    capabilities: fc.array(text, { maxLength: 4 }),
    contextSize: u32,
    parameters: decimal,
    checkClass: u8,
    deterministic: fc.boolean(),
    header: bytes,
    weights: bytes,
    weightHash: fixed(32),
    licenseRoot: fixed(32),
  },
  submitTask: {
    id,
    taskType: id,
    model: id,
    input: bytes,
    fee: u64,
    maxAdmission: fc.bigInt(0n, 2n ** 128n - 1n),
    mode: u8,
    n: u8,
    maxNew: u32,
    deadlineBlocks: u64,
  },
  updateModelWeights: { id, weights: bytes, weightHash: fixed(32) },
  updateModelLicense: { id, licenseRoot: fixed(32) },
  transferModel: { id, owner: fixed(20) },
  commitResult: { ...seat, commitment: fixed(32) },
  revealResult: {
    ...seat,
    vote: u8,
    output: bytes,
    computeTimeMs: u64,
    salt: fixed(32),
  },
  cancelTask: { taskId: id },
  submitResult: {
    taskId: id,
    provider: id,
    ...facts,
    output: bytes,
    error: text,
    computeTimeMs: u64,
    proof: bytes,
    sessionSignature: fixed(65),
  },
  challenge: {
    taskId: id,
    ...facts,
    panel: u16,
    postedHash: fixed(32),
    output: bytes,
    bond: u64,
    rootCommitment: fixed(32),
  },
  disputeMove: { taskId: id, game: u8, move: u8, body: bytes },
  holdModel: {
    provider: id,
    model: id,
    weightHash: fixed(32),
    nonceHeight: fc.maxSafeNat(),
    leaf: fc.uint8Array({ maxLength: 128 }),
    siblings: bytes,
  },
  dropModel: { provider: id, weightHash: fixed(32) },
  claimRewards: { provider: id },
};

/** Any value of the operation `name`. */
export const operationOf = (name: OperationName): fc.Arbitrary<Operation> =>
  fc
    .record(members[name] as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true })
    .map((value) => ({ kind: name, ...value }) as Operation);

/** Any operation. */
export const operations: fc.Arbitrary<Operation> = fc.oneof(
  ...(Object.keys(members) as OperationName[]).map(operationOf),
);

/** Any operation under any chain and nonce. */
export const unsignedTransactions: fc.Arbitrary<UnsignedTransaction> = fc.record(
  { chainId: u64, genesisHash: fixed(32), nonce: u64, expiry: u64, operation: operations },
  { noNullPrototype: true },
);
