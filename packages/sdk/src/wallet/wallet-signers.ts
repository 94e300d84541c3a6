import { equalBytes, hexToBytes } from '@aivm/core/bytes';
import { textToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import {
  assembleTransaction,
  parseTransaction,
  type Transaction,
  type UnsignedTransaction,
} from '@aivm/core/tx';
import { type WalletTypedData, walletTypedDataOf } from './typed-data.ts';
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

function joinSignature(tx: UnsignedTransaction, text: unknown, address: Uint8Array): Transaction {
  if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{130}$/.test(text))
    throw new AivmError('bad_signature', 'the wallet gave no signature of 65 bytes');
  const signed = parseTransaction(assembleTransaction(tx, hexToBytes(text)));
  if (!equalBytes(signed.sender, address))
    throw new AivmError('bad_signature', 'the wallet signed with another account, or something else');
  return signed;
}

async function signWith(
  tx: UnsignedTransaction,
  address: Uint8Array,
  sign: (data: WalletTypedData) => Promise<unknown>,
): Promise<Transaction> {
  let signature: unknown;
  try {
    signature = await sign(walletTypedDataOf(tx));
  } catch (cause) {
    const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
    if (code === USER_REJECTED) throw new AivmError('forbidden', 'the wallet declined to sign', { cause });
    throw new AivmError('unsigned', `the wallet did not sign: ${String(message ?? cause)}`, { cause });
  }
  return joinSignature(tx, signature, address);
}

/**
 * A signer over a viem account (`privateKeyToAccount`, `mnemonicToAccount`).
 * @example createSender({ client, wallet: signerOfAccount(privateKeyToAccount(key)) })
 */
export function signerOfAccount(account: TypedDataAccount): Signer {
  const addressBytes = textToAddress(account.address, 'account.address');
  return {
    addressBytes,
    sign: (tx) =>
      signWith(tx, addressBytes, ({ domain, ...data }) =>
        account.signTypedData({ ...data, domain: { ...domain, chainId: BigInt(domain.chainId) } } as never),
      ),
  };
}

/**
 * A signer over a browser wallet or any other EIP-1193 provider. Its person is asked for every transaction.
 * @example signerOfProvider(window.ethereum, (await window.ethereum.request({ method: 'eth_requestAccounts' }))[0])
 */
export function signerOfProvider(provider: Eip1193Provider, address: string): Signer {
  const addressBytes = textToAddress(address, 'address');
  return {
    addressBytes,
    sign: (tx) =>
      signWith(tx, addressBytes, (data) =>
        provider.request({ method: 'eth_signTypedData_v4', params: [address, JSON.stringify(data)] }),
      ),
  };
}
