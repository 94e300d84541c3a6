import { isProcessorKind } from '../../attestation/kinds.ts';
import type { AttestationPolicy } from '../../attestation/policy.ts';
import { createBlock, type StatelessBlock } from '../../block/block.ts';
import { ZERO_32, ZERO_ADDRESS } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { address, height, text, u32, u64, u128 } from '../../bytes/codec/primitives.ts';
import { hexToBytes } from '../../bytes/hex.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { referenceBackend } from '../../kernels/reference-backend.ts';
import { attestationPolicyCodec, policyToRecord } from '../../state/attestation-policy.ts';
import { EMPTY_STATE_ROOT } from '../../state/commitment/update-state-tree.ts';
import type { Config } from '../../state/config.ts';
import { stateKeys } from '../../state/keys.ts';
import { Overlay } from '../../state/overlay.ts';
import { parametersCodec } from '../../state/parameters-record.ts';
import type { Params } from '../../state/params.ts';
import { EMPTY_FRONTIER, receiptFrontierCodec } from '../../state/receipts-tree/frontier.ts';
import { chainCodec } from '../../state/records/chain.ts';
import { SEATS_MAX } from '../../state/records/panel.ts';
import { ModeTEEAttested } from '../../state/records/task.ts';
import { registerModel } from '../../tx/operations/register-model.ts';
import { createHeader, finishBlock } from '../block/execute-block.ts';
import type { BlockContext } from '../context/block-context.ts';
import { attestationTimeoutBlocks, longestPanelBlocks, taskTimeoutBlocks } from '../context/durations.ts';
import { largestFee } from '../context/largest-fee.ts';
import type { ExecutionResult } from '../context/result.ts';
import { credit } from '../economy/money.ts';
import { checkModel, storeModel } from '../registry/store-model.ts';
import type { GenesisModel } from './genesis-models.ts';

/** Everything that a chain starts from. */
export interface Genesis {
  readonly version: number;
  readonly message: string;
  /** Block time of the genesis block, seconds. */
  readonly timestamp: number;
  readonly chainId: bigint;
  readonly config: Config;
  readonly params: Params;
  /** Whose evidence counts, and what is demanded of it. */
  readonly attestation: AttestationPolicy;
  /** Balances in the smallest unit by address (0x and lower-case hex). */
  readonly allocations: ReadonlyMap<string, bigint>;
  readonly models: readonly GenesisModel[];
}

const genesisCodec = struct('Genesis', {
  version: u32,
  message: text(1_048_576),
  timestamp: height,
  chainId: u64,
  parameters: parametersCodec,
  attestation: attestationPolicyCodec,
  allocations: list(struct('Allocation', { address, amount: u128 }), 1_000_000),
  models: list(registerModel.codec, 10_000),
});

/** Fewer blocks than this and an honest reveal can be kept out by a few producers. */
const REVEAL_BLOCKS_MIN = 10;

/** The ring of recent block ids is as long as a nonce lives. */
const NONCE_BLOCKS_MAX = 65_536;

const allocationsOf = (genesis: Genesis): readonly { address: Uint8Array; amount: bigint }[] =>
  [...genesis.allocations]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([text, amount]) => ({ address: hexToBytes(text), amount }));

/** The hash of a genesis: two nodes with equal hashes start from equal states. */
export const hashGenesis = ({ config, params, ...genesis }: Genesis): Uint8Array =>
  namedHash(
    'Genesis',
    serialize(genesisCodec, {
      ...genesis,
      parameters: { config, params },
      attestation: policyToRecord(genesis.attestation),
      allocations: allocationsOf({ config, params, ...genesis }),
    }),
  );

/**
 * What makes honesty impossible, in words; empty for a sound genesis. A development chain may start with them.
 */
export function genesisWarnings({
  config,
  params,
  attestation,
}: Pick<Genesis, 'config' | 'params' | 'attestation'>): readonly string[] {
  const timeout = taskTimeoutBlocks(config, params);
  const window = config.challengeWindowBlocks;
  const warnings: string[] = [];
  if (window < BigInt(timeout)) {
    warnings.push(`config.challengeWindowBlocks: ${window} is shorter than taskTimeout, ${timeout} blocks`);
  }
  if (params.revealBlocks < REVEAL_BLOCKS_MIN) {
    warnings.push(`params.revealBlocks: ${params.revealBlocks} is less than ${REVEAL_BLOCKS_MIN}`);
  }
  if (params.liabilityMultiple < params.penaltyMultiple) {
    warnings.push(
      `params.liabilityMultiple: ${params.liabilityMultiple} reserves less than penaltyMultiple ${params.penaltyMultiple} takes`,
    );
  }
  const panel = longestPanelBlocks(config, params, SEATS_MAX);
  if (BigInt(params.unbondBlocks) <= window + BigInt(panel)) {
    warnings.push(
      `params.unbondBlocks: ${params.unbondBlocks} is not longer than the challenge window of ${window} blocks ` +
        `and the longest panel of ${panel}`,
    );
  }
  if (attestation.allowsDebug) {
    warnings.push(
      'attestation.policy.allowsDebug: the operator of such an environment can read and alter it',
    );
  }
  if (config.requireTEEAttestation && attestation.kinds.every((kind) => kind === 'software')) {
    warnings.push(
      'attestation.policy.kinds: no hardware, while config.requireTEEAttestation asks for an attestation',
    );
  }
  return warnings;
}

/**
 * Whether TEE mode can make no answer usable at once, because the policy lists no processor's workload. Sound all the
 * same (every answer waits the full window), and so it is with the default permissioned configuration: worth a word, no
 * refusal.
 */
export const isTeeModeIdle = ({ config, attestation }: Pick<Genesis, 'config' | 'attestation'>): boolean =>
  config.verificationMode === ModeTEEAttested &&
  attestation.measurements?.some(({ kind }) => isProcessorKind(kind)) !== true;

function checkGenesis(genesis: Genesis): void {
  const { config, params } = genesis;
  requireThat(params.feeFloor > 0n, 'fee_policy_zero', () => 'params.feeFloor: 0');
  requireThat(
    params.development || genesis.attestation.testRoots.length === 0,
    'config_refused',
    () => 'genesis.attestation.testRoots: anybody may run these; only a development chain may name some',
  );
  const most = largestFee(config, params);
  for (const name of ['feeFloor', 'seatFee'] as const)
    requireThat(
      params[name] <= most,
      'config_refused',
      () => `params.${name}: ${params[name]}; config.minProviderBond covers fees up to ${most}`,
    );
  const nonceBlocks = attestationTimeoutBlocks(config, params);
  requireThat(
    nonceBlocks <= NONCE_BLOCKS_MAX,
    'config_refused',
    () => `config.attestationTimeout: ${nonceBlocks} blocks, at most ${NONCE_BLOCKS_MAX}`,
  );
  requireThat(
    params.defaultDeadlineBlocks <= params.maxDeadlineBlocks,
    'config_refused',
    () => 'params.defaultDeadlineBlocks: above maxDeadlineBlocks',
  );
  const [warning] = genesisWarnings(genesis);
  requireThat(params.development || warning === undefined, 'config_refused', () => warning ?? '');
}

function writeChain(context: BlockContext, genesis: Genesis): void {
  const genesisHash = hashGenesis(genesis);
  context.state.setRecord(stateKeys.chain(), chainCodec, {
    chainId: genesis.chainId,
    genesisHash,
    seed: genesisHash,
    burned: 0n,
    minted: 0n,
    genesisSupply: [...genesis.allocations.values()].reduce((sum, amount) => sum + amount, 0n),
    queueHead: '',
    queueTail: '',
    queueCursor: '',
    queueCount: 0,
    drawHead: '',
    drawTail: '',
    drawCursor: '',
    drawCount: 0,
    timersPending: 0,
    providerCount: 0,
    providersActive: 0,
    modelCount: 0,
    tasksOpen: 0n,
    tasksCompleted: 0n,
    tasksFailed: 0n,
    epoch: 0n,
    epochStartedAt: genesis.timestamp,
    epochStartedAtHeight: 0,
    epochReward: 0n,
    epochReceipts: 0n,
    rewardsUnclaimed: 0n,
    aivmStateRoot: ZERO_32,
    attestationSlots: 0,
    modelSlots: 0,
    anchorSlots: 0,
    attestationEntries: 0,
    modelEntries: 0,
    attestationsApplied: 0,
    kernelOpsFirst: 0,
    attestationOps: 0,
    modelOps: 0,
    anchorOps: 0,
    anchorCount: 0n,
    anchorCommit: ZERO_32,
    stood: 0,
    trialsOpen: 0,
  });
}

/** Writes the first state. What a codec or a model check refuses is a fault of the genesis. */
function writeGenesisState(context: BlockContext, genesis: Genesis): void {
  const { config, params } = genesis;
  let part = 'genesis';
  try {
    context.state.setRecord(stateKeys.parameters(), parametersCodec, { config, params });
    const policy = policyToRecord(genesis.attestation);
    context.state.setRecord(stateKeys.attestationPolicy(), attestationPolicyCodec, policy);
    context.state.setRecord(stateKeys.receiptFrontier(), receiptFrontierCodec, EMPTY_FRONTIER);
    writeChain(context, genesis);
    for (const allocation of allocationsOf(genesis)) credit(context, allocation.address, allocation.amount);
    for (const [i, model] of genesis.models.entries()) {
      part = `models[${i}]`;
      checkModel(context, model);
      storeModel(context, model, { owner: ZERO_ADDRESS, deposit: 0n, genesis: true });
    }
  } catch (cause) {
    if (!(cause instanceof AivmError)) throw cause;
    throw new AivmError('config_refused', `${part}: ${cause.detail}`, { cause });
  }
}

/** The first block of a chain and its state, as a result over the empty state. */
export interface GenesisBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
}

/**
 * Makes the genesis block.
 * @throws AivmError `config_refused` or `fee_policy_zero`, with the field.
 */
export function createGenesis(genesis: Genesis): GenesisBlock {
  checkGenesis(genesis);
  const { config, params, timestamp } = genesis;
  const empty = { root: EMPTY_STATE_ROOT, getPage: () => undefined, get: () => undefined };
  const context: BlockContext = {
    state: new Overlay(empty),
    config,
    params,
    height: 0,
    timestamp,
    parentId: ZERO_32,
    beacon: ZERO_32,
    seed: ZERO_32,
    events: [],
    receipts: [],
    receiptNodes: [],
    proofs: [],
    disputeRooms: [],
    kernels: referenceBackend,
  };
  writeGenesisState(context, genesis);
  const result = finishBlock(context, empty, { outcomes: [], details: [] });
  const header = createHeader(context, { transactions: [], vertices: [] }, result);
  return { block: createBlock(header, []), result };
}
