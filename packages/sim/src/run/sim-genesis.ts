import { utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { type Genesis, parseGenesis } from '@aivm/core/execute';
import { hashBlob } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import type { ScenarioPlan } from '../scenarios/scenario.ts';
import { ECHO_MODEL, SIM_CHAIN_ID, SIM_FUNDS, SIM_TIMESTAMP } from '../world/sim-chain.ts';
import { NETWORK_MODEL, simNetwork } from '../world/sim-network.ts';

/** Windows in blocks, short enough for a task to end well within a run. */
const CONFIG = {
  challengeWindowBlocks: 8,
  taskTimeout: '6s',
  epochDuration: '30s',
  merkleAnchorFreq: 10,
  redundancyFactor: 2,
  maxTaskQueueSize: 12,
  maxProvidersPerNode: 3,
  maxTasksPerProvider: 6,
};

const PARAMS = {
  development: true,
  minBlockIntervalMs: 1_000,
  revealBlocks: 6,
  drawSlackBlocks: 6,
  unbondBlocks: 40,
  heartbeatBlocks: 16,
  defaultDeadlineBlocks: 40,
  maxDeadlineBlocks: 60,
  rewardSubsidy: '1000000',
};

const echoModel: Genesis['models'][number] = {
  kind: 'registerModel',
  id: ECHO_MODEL,
  name: 'Echo',
  modelType: 'test',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: CheckClass.opaque,
  deterministic: true,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: keccak256(utf8ToBytes(ECHO_MODEL)),
  licenseRoot: ZERO_32,
};

const networkModel = (): Genesis['models'][number] => {
  const { header, blob } = simNetwork();
  return {
    ...echoModel,
    id: NETWORK_MODEL,
    name: NETWORK_MODEL,
    checkClass: CheckClass.int8Graph,
    header,
    weightHash: hashBlob(blob),
  };
};

/** The chain of a scenario: every actor's identities are funded alike. */
export function simGenesis({
  config = {},
  params = {},
  attestation = {},
  hasNetwork = false,
  actors,
}: ScenarioPlan): Genesis {
  const addresses = actors.flatMap(({ identities }) => identities.map(({ hex }) => `0x${hex}`));
  const genesis = parseGenesis({
    version: 1,
    message: 'simulation',
    timestamp: SIM_TIMESTAMP,
    chainId: SIM_CHAIN_ID,
    config: { ...CONFIG, ...config },
    params: { ...PARAMS, ...params },
    attestation,
    allocations: Object.fromEntries([...new Set(addresses)].map((text) => [text, SIM_FUNDS.toString()])),
  });
  return { ...genesis, models: [...genesis.models, echoModel, ...(hasNetwork ? [networkModel()] : [])] };
}
