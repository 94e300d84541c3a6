import { equalBytes, hexToBytes } from '@aivm/core/bytes';
import { textToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import {
  assembleTransaction,
  parseTransaction,
  type Transaction,
  type TypedOperation,
  type UnsignedTransaction,
} from '@aivm/core/tx';
import { type WalletTypedData, walletTypedDataOf, walletTypedDataOfStruct } from './typed-data.ts';
import type { Signer } from './wallet.ts';

/** What this needs of a viem account, or of anything else that signs typed data under an address. */
export interface TypedDataAccount {
  readonly address: string;
  // The parameter is what viem infers its own type from; every typed data fits it.
  signTypedData(data: never): Promise<string>;
}

/** A provider of EIP-1193, such as `window.ethereum`. */
export interface Eip1193Provider {
  request(request: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
}

/** EIP-1193: the person declined. */
const USER_REJECTED = 4001;

function signatureOf(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{130}$/.test(text))
    throw new AivmError('bad_signature', 'the wallet gave no signature of 65 bytes');
  return hexToBytes(text);
}

/** Wallets write the recovery bit as 27 or 28, as Ethereum once did. */
const V_OFFSET = 27;

function canonicalSignature(text: unknown): Uint8Array {
  const signature = signatureOf(text);
  const v = signature[64] ?? 0;
  signature[64] = v >= V_OFFSET ? v - V_OFFSET : v;
  return signature;
}

function joinSignature(tx: UnsignedTransaction, text: unknown, address: Uint8Array): Transaction {
  const signed = parseTransaction(assembleTransaction(tx, signatureOf(text)));
  if (!equalBytes(signed.sender, address))
    throw new AivmError('bad_signature', 'the wallet signed with another account, or something else');
  return signed;
}

async function askWallet(
  data: WalletTypedData,
  sign: (data: WalletTypedData) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await sign(data);
  } catch (cause) {
    const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
    if (code === USER_REJECTED) throw new AivmError('forbidden', 'the wallet declined to sign', { cause });
    throw new AivmError('unsigned', `the wallet did not sign: ${String(message ?? cause)}`, { cause });
  }
}

/** A signer over whatever signs typed data. */
const signerWith = (addressBytes: Uint8Array, sign: (data: WalletTypedData) => Promise<unknown>): Signer => ({
  addressBytes,
  sign: async (tx) => joinSignature(tx, await askWallet(walletTypedDataOf(tx), sign), addressBytes),
  signTyped: async (message: TypedOperation) =>
    canonicalSignature(await askWallet(walletTypedDataOfStruct(message), sign)),
});

/**
 * A signer over a viem account (`privateKeyToAccount`, `mnemonicToAccount`).
 * @example createSender({ client, wallet: signerOfAccount(privateKeyToAccount(key)) })
 */
export function signerOfAccount(account: TypedDataAccount): Signer {
  const addressBytes = textToAddress(account.address, 'account.address');
  return signerWith(addressBytes, ({ domain, ...data }) =>
    account.signTypedData({ ...data, domain: { ...domain, chainId: BigInt(domain.chainId) } } as never),
  );
}

/**
 * A signer over a browser wallet or any other EIP-1193 provider. Its person is asked for every transaction.
 * @example signerOfProvider(window.ethereum, (await window.ethereum.request({ method: 'eth_requestAccounts' }))[0])
 */
export function signerOfProvider(provider: Eip1193Provider, address: string): Signer {
  const addressBytes = textToAddress(address, 'address');
  return signerWith(addressBytes, (data) =>
    provider.request({ method: 'eth_signTypedData_v4', params: [address, JSON.stringify(data)] }),
  );
}
