import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { hashGenesis } from '@aivm/core/execute';
import { deployAnchorsContract, type EvmSinkOptions } from '@aivm/node';
import {
  type Chain,
  createPublicClient,
  createWalletClient,
  custom,
  defineChain,
  type PublicClient,
  type Transport,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ANCHORS_ABI } from '../../src/anchors/generated/aivm-anchors.ts';
import { ANCHORED_GENESIS } from './anchored-chain.ts';
import { EvmChain } from './evm-chain.ts';
import { TEST_CHAIN_ID } from './test-genesis.ts';

/** A key of the EVM chain, by a name. */
export function evmAccount(name: string) {
  const key = keccak256(utf8ToBytes(`evm ${name}`));
  return { key, account: privateKeyToAccount(`0x${bytesToHex(key)}`) };
}

export const OWNER = evmAccount('owner');
export const STRANGER = evmAccount('stranger');

/** The members of a submission, as viem takes them. */
export interface Submission {
  readonly commitRoot: `0x${string}`;
  readonly parentRoot: `0x${string}`;
  readonly validatorSetRoot: `0x${string}`;
  readonly blockId: `0x${string}`;
  readonly height: bigint;
  readonly timestampNs: bigint;
  readonly epoch: number;
  readonly receiptCount: bigint;
}

/** An EVM chain with the contract on it. */
export interface EvmWorld {
  readonly evm: EvmChain;
  readonly address: `0x${string}`;
  readonly reader: PublicClient<Transport, Chain>;
  readonly submitAs: (who: typeof OWNER, number: bigint, anchor: Submission) => Promise<void>;
  readonly sinkOptions: EvmSinkOptions;
}

/** An EVM chain with the contract on it, seen directly through viem. */
export async function deployOnEvm(
  options: { readonly chainId?: bigint; readonly genesisHash?: Uint8Array } = {},
): Promise<EvmWorld> {
  const evm = await EvmChain.create([OWNER.account.address, STRANGER.account.address]);
  const { chainId = TEST_CHAIN_ID, genesisHash = hashGenesis(ANCHORED_GENESIS) } = options;
  const place = { endpoint: evm, privateKey: OWNER.key };
  const deployed = await deployAnchorsContract({ ...place, chainId, genesisHash });
  const address = deployed.address as `0x${string}`;
  const chain = defineChain({
    id: 1,
    name: 'test',
    nativeCurrency: { name: 'n', symbol: 'N', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  const transport = custom(evm, { retryCount: 0 });
  const reader = createPublicClient({ chain, transport, cacheTime: 0 });
  const submitAs = async (who: typeof OWNER, number: bigint, anchor: Submission) => {
    const writer = createWalletClient({ account: who.account, chain, transport });
    const call = { address, abi: ANCHORS_ABI, functionName: 'submit', args: [number, anchor] } as const;
    await reader.simulateContract({ ...call, account: who.account });
    await writer.writeContract(call);
  };
  const sinkOptions: EvmSinkOptions = {
    endpoint: evm,
    contract: address,
    privateKey: OWNER.key,
    timeoutMs: 300,
  };
  return { evm, address, reader, submitAs, sinkOptions };
}
