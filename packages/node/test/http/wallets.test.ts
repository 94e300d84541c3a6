import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { readAccount } from '@aivm/core/state';
import {
  assembleTransaction,
  OPERATIONS,
  type Operation,
  type OperationName,
  parseTransaction,
  signTransaction,
} from '@aivm/core/tx';
import {
  createSender,
  developmentAccounts,
  type Signer,
  signerOfAccount,
  signerOfProvider,
  walletTypedDataOf,
} from '@aivm/sdk';
import { SignTypedDataVersion, signTypedData } from '@metamask/eth-sig-util';
import { Wallet as EthersWallet } from 'ethers';
import fc from 'fast-check';
import { createWalletClient, custom } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { operationOf } from '../../../core/test/tx/operation-arbitrary.ts';
import { startFixture } from './fixture.ts';

const wallet = developmentAccounts()[9]!;
const key = wallet.exportPrivateKey();
const keyText = `0x${bytesToHex(key)}` as const;
const account = privateKeyToAccount(keyText);
const to = developmentAccounts()[0]!.addressBytes;
const place = { chainId: 1337n, genesisHash: new Uint8Array(32).fill(6), expiry: 2n ** 64n - 1n };

/** A browser wallet: takes what goes over the wire, asks viem to sign it, and writes v as wallets do. */
const provider = {
  request: async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method !== 'eth_signTypedData_v4') throw new Error(`unsupported: ${method}`);
    const { types, domain, ...data } = JSON.parse((params as string[])[1]!);
    const { EIP712Domain: _, ...own } = types;
    return account.signTypedData({
      ...data,
      types: own,
      domain: { ...domain, chainId: BigInt(domain.chainId) },
    });
  },
};

const SIGNERS: readonly (readonly [string, Signer])[] = [
  ['a viem account', signerOfAccount(account)],
  ['an EIP-1193 provider', signerOfProvider(provider, wallet.address)],
  [
    'a wallet client of viem over an EIP-1193 provider',
    signerOfAccount({
      address: account.address,
      signTypedData: (data: never) =>
        createWalletClient({ account: account.address, transport: custom(provider) }).signTypedData(data),
    }),
  ],
  [
    'ethers',
    {
      addressBytes: wallet.addressBytes,
      sign: async (tx) => {
        const { domain, types, message } = walletTypedDataOf(tx);
        const { EIP712Domain: _, ...own } = types;
        const signature = await new EthersWallet(keyText).signTypedData(domain, own as never, message);
        return parseTransaction(assembleTransaction(tx, hexToBytes(signature)));
      },
    },
  ],
  [
    "MetaMask's eth-sig-util",
    {
      addressBytes: wallet.addressBytes,
      sign: (tx) => {
        const data = JSON.parse(JSON.stringify(walletTypedDataOf(tx)));
        const privateKey = Buffer.from(key);
        const signature = signTypedData({ privateKey, data, version: SignTypedDataVersion.V4 });
        return parseTransaction(assembleTransaction(tx, hexToBytes(signature)));
      },
    },
  ],
];

describe.each(SIGNERS)('%s', (_, signer) => {
  it.each(Object.keys(OPERATIONS) as OperationName[])('signs %s as this library does', async (name) => {
    for (const operation of fc.sample(operationOf(name), { numRuns: 3, seed: 7 })) {
      const tx = { ...place, nonce: 2n ** 63n, operation: operation as Operation };
      const signed = await signer.sign(tx);
      expect(bytesToHex(signed.bytes)).toBe(bytesToHex(signTransaction(tx, key).bytes));
    }
  });

  it('pays, and every operation that it signs reaches the state machine', async () => {
    const fixture = await startFixture();
    const sender = createSender({ client: fixture.client, wallet: signer });
    expect((await sender.send({ kind: 'transfer', to, amount: 7n })).code).toBe('');
    expect(readAccount(fixture.node.state(), to).balance).toBe(10n ** 24n + 7n);
    for (const name of Object.keys(OPERATIONS) as OperationName[]) {
      const [operation] = fc.sample(operationOf(name), { numRuns: 1, seed: 3 });
      const failure = await sender.send(operation as Operation).then(
        () => undefined,
        (error: unknown) => error,
      );
      // Drawn members make no sense together, but never is it the signature.
      if (failure !== undefined) expect(failure).toBeInstanceOf(AivmError);
      expect((failure as AivmError | undefined)?.code ?? '', name).not.toMatch(
        /bad_signature|wrong_chain|unsigned/,
      );
    }
  });
});

describe('signatures of wallets', () => {
  const tx = { ...place, nonce: 0n, operation: { kind: 'transfer', to, amount: 1n } } as const;
  const signed = signTransaction(tx, key);
  const signature = signed.bytes.slice(-65);
  const withV = (v: number): Uint8Array => Uint8Array.from(signature, (byte, i) => (i === 64 ? v : byte));

  it('are taken with v as 0 or 1 and as 27 or 28, and are the same transaction', () => {
    for (const v of [signature[64]!, signature[64]! + 27])
      expect(bytesToHex(assembleTransaction(tx, withV(v)))).toBe(bytesToHex(signed.bytes));
  });

  it.each([2, 26, 29, 255])('are refused with v as %i', (v) => {
    expect(() => assembleTransaction(tx, withV(v))).toThrow(/v is .*expected 0, 1, 27 or 28/);
  });

  it.each([
    ['declines', { code: 4001, message: 'User rejected' }, 'forbidden'],
    ['fails', new Error('locked'), 'unsigned'],
  ])('says so where the wallet %s', async (_, cause, code) => {
    const broken = { request: () => Promise.reject(cause) };
    await expect(signerOfProvider(broken, wallet.address).sign(tx)).rejects.toMatchObject({ code });
  });

  it('are refused of another account', async () => {
    const other = signerOfProvider(provider, developmentAccounts()[1]!.address);
    await expect(other.sign(tx)).rejects.toMatchObject({ code: 'bad_signature' });
  });
});
