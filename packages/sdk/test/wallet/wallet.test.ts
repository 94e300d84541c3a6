import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { parseTransaction } from '@aivm/core/tx';
import { addressToText, createWallet, developmentAccounts, importWallet } from '@aivm/sdk';
import { mnemonicToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';

const WORDS = 'test test test test test test test test test test test junk';
const transfer = { kind: 'transfer', to: new Uint8Array(20).fill(7), amount: 1n } as const;

const place = { chainId: 1n, genesisHash: new Uint8Array(32), expiry: 0n };

describe('wallets', () => {
  it('derives the accounts that every Ethereum tool derives', () => {
    const accounts = developmentAccounts();
    expect(accounts).toHaveLength(10);
    expect(accounts[0]?.address).toBe('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266');
    expect(bytesToHex(accounts[0]?.exportPrivateKey() ?? new Uint8Array())).toBe(
      'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    );
    expect(accounts.map(({ address }) => address)).toEqual(
      Array.from({ length: 10 }, (_, addressIndex) => mnemonicToAccount(WORDS, { addressIndex }).address),
    );
  });

  it('makes wallets that differ and that their words bring back', () => {
    const wallet = createWallet();
    expect(wallet.mnemonic?.split(' ')).toHaveLength(12);
    expect(createWallet().address).not.toBe(wallet.address);
    expect(importWallet({ mnemonic: wallet.mnemonic ?? '' }).address).toBe(wallet.address);
    expect(importWallet({ privateKey: wallet.exportPrivateKey() }).address).toBe(wallet.address);
    expect(importWallet({ mnemonic: WORDS, index: 3 }).address).toBe(developmentAccounts()[3]?.address);
  });

  it('signs what parses back to its own address', () => {
    const wallet = createWallet();
    const tx = wallet.sign({ ...place, nonce: 2n, operation: transfer });
    expect(addressToText(parseTransaction(tx.bytes).sender)).toBe(wallet.address);
  });

  it('does not hand out its key to be changed', () => {
    const wallet = createWallet();
    wallet.exportPrivateKey().fill(0);
    expect(addressToText(wallet.sign({ ...place, nonce: 0n, operation: transfer }).sender)).toBe(
      wallet.address,
    );
  });

  it.each([
    ['a key of zeros', { privateKey: new Uint8Array(32) }, RangeError],
    ['a short key', { privateKey: new Uint8Array(31).fill(1) }, RangeError],
    ['a key beyond the order', { privateKey: hexToBytes('f'.repeat(64)) }, RangeError],
    ['words with a wrong checksum', { mnemonic: `${WORDS.slice(0, -4)}test` }, TypeError],
    ['no words', { mnemonic: '' }, TypeError],
    ['a negative index', { mnemonic: WORDS, index: -1 }, RangeError],
    ['an index with a fraction', { mnemonic: WORDS, index: 0.5 }, RangeError],
  ])('refuses %s', (_, source, error) => {
    expect(() => importWallet(source)).toThrow(error);
  });
});
