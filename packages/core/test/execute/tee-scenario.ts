import { KIND_NUMBER } from '@aivm/core/attestation';
import { bytesToHex, type Codec, serialize } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { signSessionResult } from '@aivm/core/execute';
import { type ProviderAttestation, readChain, stateKeys } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { collateralSlotCodec } from '../../src/state/records/collateral.ts';
import { providerAttestationCodec } from '../../src/state/records/provider-attestation.ts';
import {
  alice,
  bob,
  inputOf,
  people,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  ZERO_HASH,
} from './scenario.ts';
import { type Person, person, TestChain } from './test-chain.ts';

export const WINDOW = 100;
export const session = person(71);
export const otherKey = person(72);
/** Where the chain keeps the newest list of an authority; the one there revoked somebody at time 1,000. */
export const SLOT = new Uint8Array(32).fill(3);
export const OPTIMISTIC = 0;
export const TEE = 2;

export const openChain = (verificationMode = TEE, config: Record<string, unknown> = {}): TestChain =>
  new TestChain(
    { config: { verificationMode, challengeWindowBlocks: WINDOW, taskTimeout: '60s', ...config } },
    people,
  );

const put = <T>(chain: TestChain, key: Uint8Array, codec: Codec<T>, record: T): void =>
  void chain.state.values.set(bytesToHex(key), serialize(codec, record));

/** What the chain knows of a provider's environment, put where submitAttestation puts it: any score, at no cost. */
export function attest(
  chain: TestChain,
  by: Person,
  provider: string,
  more: Partial<ProviderAttestation> = {},
): void {
  const record: ProviderAttestation = {
    provider,
    operator: by.address,
    kind: KIND_NUMBER.snp,
    score: 70,
    hardware: true,
    cpuTee: true,
    sessionKey: session.address,
    validFrom: 0,
    validUntil: 2 ** 40,
    devices: [],
    gpuModel: '',
    measurement: ZERO_HASH,
    attestingKey: ZERO_HASH,
    authorities: [],
    nonceHeight: 0,
    attestedAtHeight: 1,
    quoteDigest: ZERO_HASH,
    queuedEpoch: 0n,
    queuedPlace: 0,
    ...more,
  };
  put(chain, stateKeys.attestation(provider), providerAttestationCodec, record);
  put(chain, stateKeys.collateralSlot(SLOT), collateralSlotCodec, {
    date: 1_000,
    validFrom: 0,
    validUntil: 2 ** 40,
    size: 0,
    revokedSince: 1_000,
  });
}

/** One provider, attested as given, holds the task "t". */
export function draw(mode: number, more: Partial<ProviderAttestation> = {}): TestChain {
  const chain = openChain(mode);
  chain.must(bob, registerProvider(bob, 'p'));
  attest(chain, bob, 'p', more);
  chain.must(alice, submitTask('t'));
  untilAssigned(chain, 't');
  return chain;
}

/** An answer with the signature of the attested key over what the parameters say, or over the truth. */
export function signed(
  chain: TestChain,
  {
    by = session,
    output = rightOutput(inputOf(1)),
    ...over
  }: {
    by?: Person;
    output?: Uint8Array;
    genesisHash?: Uint8Array;
    taskId?: string;
    attempt?: number;
    outputHash?: Uint8Array;
  } = {},
): OperationOf<'submitResult'> {
  const { genesisHash } = readChain(chain.state);
  const { attempt, assignedTo } = taskOf(chain, 't');
  const outputHash = namedHash('Output', output);
  const sessionSignature = signSessionResult(
    { genesisHash, taskId: 't', attempt, outputHash, ...over },
    by.key,
  );
  return submitResult('t', assignedTo, { output, sessionSignature });
}
