import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { decryptKeystore, type Scrypt } from '../wallet/keystore.ts';
import { importWallet, type Signer, type Wallet } from '../wallet/wallet.ts';
import {
  type Eip1193Provider,
  signerOfAccount,
  signerOfProvider,
  type TypedDataAccount,
} from '../wallet/wallet-signers.ts';

/**
 * Who signs: a wallet of this package (`importWallet`, `developmentAccounts`, {@link openKeystore}), a viem account, or a
 * browser wallet (EIP-1193), which is asked for its address when something is signed for the first time.
 */
export type Account = Signer | TypedDataAccount | Eip1193Provider;

async function signerOfBrowserWallet(provider: Eip1193Provider): Promise<Signer> {
  const addresses = await provider.request({ method: 'eth_requestAccounts' }).catch((cause: unknown) => {
    const { message } = Object(cause) as { message?: unknown };
    throw new AivmError('unsigned', `the wallet gave no account: ${String(message ?? cause)}`, { cause });
  });
  const [address] = Array.isArray(addresses) ? addresses : [];
  if (typeof address !== 'string') throw new AivmError('unsigned', 'the wallet has no account');
  return signerOfProvider(provider, address);
}

/** The signer of an account. @throws TypeError for something else, AivmError `unsigned` where a wallet has no account */
export async function signerOf(account: Account): Promise<Signer> {
  if ('addressBytes' in account) return account;
  if ('signTypedData' in account) return signerOfAccount(account);
  if ('request' in account) return signerOfBrowserWallet(account);
  throw new TypeError('account: expected a wallet, a viem account or an EIP-1193 provider');
}

/**
 * The wallet in an encrypted key file (Web3 Secret Storage, as geth, ethers and `aivm account new` write it).
 *
 * @param keystore parsed JSON
 * @throws AivmError `malformed` if a member is missing or out of bounds, `forbidden` if the password is wrong
 * @example (await openKeystore(await encryptKeystore(key, 'a password', { n: 1_024 }), 'a password')).address // wallet.address
 */
export async function openKeystore(
  keystore: unknown,
  password: string,
  options: { readonly scrypt?: Scrypt } = {},
): Promise<Wallet> {
  const wallet = importWallet({ privateKey: await decryptKeystore(keystore, password, options) });
  const { address } = Object(keystore) as { readonly address?: unknown };
  const own = bytesToHex(wallet.addressBytes);
  if (typeof address === 'string' && address.replace(/^0x/i, '').toLowerCase() !== own)
    throw new AivmError('malformed', `keystore: address is ${address}, and its key has 0x${own}`);
  return wallet;
}
