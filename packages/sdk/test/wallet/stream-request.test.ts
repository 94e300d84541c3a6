import {
  developmentAccounts,
  type Eip1193Provider,
  recoverStreamRequester,
  type Signer,
  signerOfAccount,
  signerOfProvider,
  signStreamRequest,
  type Wallet,
} from '@aivm/sdk';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';

const request = { chainId: 1337n, genesisHash: new Uint8Array(32).fill(7), taskId: 't-1', provider: 'p-1' };
const wallet = developmentAccounts()[3] as Wallet;
const viem = privateKeyToAccount(`0x${Buffer.from(wallet.exportPrivateKey()).toString('hex')}`);
const browser: Eip1193Provider = {
  request: async ({ params }) =>
    viem.signTypedData(
      JSON.parse((params as [string, string])[1]) as Parameters<typeof viem.signTypedData>[0],
    ),
};

describe('a stream request', () => {
  it.each([
    ['a wallet', wallet],
    ['a viem account', signerOfAccount(viem)],
    ['a browser wallet', signerOfProvider(browser, wallet.address)],
  ] as const)('of %s names its account', async (_, signer: Signer) => {
    const signed = await signStreamRequest(signer, request);
    expect(recoverStreamRequester(request, signed)).toEqual(wallet.addressBytes);
  });

  it('is about one task, provider and chain', async () => {
    const signed = await signStreamRequest(wallet, request);
    for (const other of [
      { taskId: 't-2' },
      { provider: 'p-2' },
      { chainId: 1n },
      { genesisHash: new Uint8Array(32) },
    ])
      expect(recoverStreamRequester({ ...request, ...other }, signed)).not.toEqual(wallet.addressBytes);
  });

  it('is refused when it is old, or good for too long', async () => {
    const signed = await signStreamRequest(wallet, request);
    expect(() => recoverStreamRequester(request, signed, signed.expiresAt + 601)).toThrow(/^expired/);
    expect(() => recoverStreamRequester(request, signed, signed.expiresAt - 1_201)).toThrow(/^expired/);
    expect(() => recoverStreamRequester(request, { ...signed, signature: new Uint8Array(64) })).toThrow(
      /64 bytes/,
    );
  });

  it('cannot be asked of a signer of transactions alone', async () => {
    const { addressBytes, sign } = wallet;
    await expect(signStreamRequest({ addressBytes, sign }, request)).rejects.toMatchObject({
      code: 'not_supported',
    });
  });
});
