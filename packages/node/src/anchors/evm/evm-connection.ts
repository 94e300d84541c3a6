import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Account, Chain, PublicClient, Transport, WalletClient } from 'viem';
import type { EvmEndpoint } from './evm-endpoint.ts';
import { loadViem, loadViemAccounts } from './load-viem.ts';

export type EvmReader = PublicClient<Transport, Chain>;
export type EvmWriter = WalletClient<Transport, Chain, Account>;

const POLLING_MS = 1_000;

async function transportOf(endpoint: EvmEndpoint): Promise<Transport> {
  const { custom, http } = await loadViem();
  if (typeof endpoint !== 'string') return custom(endpoint, { retryCount: 0 });
  if (!/^https?:\/\//.test(endpoint))
    throw new AivmError('malformed', 'rpc url: expected http:// or https://');
  return http(endpoint, { retryCount: 0 });
}

/** A client that reads, bound to the chain that answers. */
export async function openEvmReader(endpoint: EvmEndpoint): Promise<EvmReader> {
  const { createPublicClient, defineChain } = await loadViem();
  const transport = await transportOf(endpoint);
  const probe = createPublicClient({ transport });
  const id = await probe.getChainId();
  const chain = defineChain({
    id,
    name: `EVM ${id}`,
    nativeCurrency: { name: 'native', symbol: 'NATIVE', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  // Nothing is cached: the next block may be the one that is waited for.
  return createPublicClient({ chain, transport, pollingInterval: POLLING_MS, cacheTime: 0 });
}

/** A client that signs with `privateKey` (32 bytes), beside `reader`. */
export async function openEvmWriter(
  endpoint: EvmEndpoint,
  reader: EvmReader,
  privateKey: Uint8Array,
): Promise<EvmWriter> {
  const { createWalletClient } = await loadViem();
  const { privateKeyToAccount } = await loadViemAccounts();
  const account = privateKeyToAccount(`0x${bytesToHex(privateKey)}`);
  return createWalletClient({ account, chain: reader.chain, transport: await transportOf(endpoint) });
}
