import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { Wallet as EthersWallet, encryptKeystoreJson } from 'ethers';
import { describe, expect, it } from 'vitest';
import { decryptKeystore, encryptKeystore, importWallet, type Keystore } from '../../src/index.ts';

const KEY = hexToBytes('7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d');
const cheap = { n: 1_024 };

/** The two examples that the definition of the format gives; their password is `testpassword`. */
const PBKDF2 = {
  version: 3,
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262_144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
};
const SCRYPT = {
  version: 3,
  Crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262_144,
      p: 8,
      r: 1,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
};

describe('an encrypted key file', () => {
  it.each([
    ['PBKDF2', PBKDF2],
    ['scrypt', SCRYPT],
  ])('opens the known one with %s', async (_, file) => {
    expect(bytesToHex(await decryptKeystore(file, 'testpassword'))).toBe(bytesToHex(KEY));
  });

  it('comes back, whatever the password is', async () => {
    for (const password of ['', 'a long one with spaces', 'ﬁ Å 密码 🔑']) {
      const file = JSON.parse(JSON.stringify(await encryptKeystore(KEY, password, cheap)));
      expect(await decryptKeystore(file, password)).toEqual(KEY);
      await expect(decryptKeystore(file, `${password}x`)).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('is read by ethers, and ethers’ is read here', async () => {
    const ours = await encryptKeystore(KEY, 'pass', cheap);
    const theirs = await EthersWallet.fromEncryptedJson(JSON.stringify(ours), 'pass');
    expect(theirs.privateKey).toBe(`0x${bytesToHex(KEY)}`);
    expect(theirs.address).toBe(importWallet({ privateKey: KEY }).address);
    const json = await encryptKeystoreJson(
      { address: theirs.address, privateKey: theirs.privateKey },
      'pass',
      { scrypt: { N: 1_024 } },
    );
    expect(await decryptKeystore(JSON.parse(json), 'pass')).toEqual(KEY);
  });

  it('never encrypts twice to the same bytes', async () => {
    const [one, two] = [await encryptKeystore(KEY, 'p', cheap), await encryptKeystore(KEY, 'p', cheap)];
    expect(one.crypto.ciphertext).not.toBe(two.crypto.ciphertext);
  });

  const change = (file: Keystore, members: object): unknown => ({
    ...file,
    crypto: { ...file.crypto, ...members },
  });
  const params = (file: Keystore, members: object): unknown =>
    change(file, { kdfparams: { ...file.crypto.kdfparams, ...members } });

  it.each<[string, (file: Keystore) => unknown]>([
    ['keystore is null', () => null],
    ['version is 1', (file) => ({ ...file, version: 1 })],
    ['crypto is missing', ({ version }) => ({ version })],
    ['crypto.cipher is "aes-256-gcm"', (file) => change(file, { cipher: 'aes-256-gcm' })],
    ['crypto.ciphertext is "00"', (file) => change(file, { ciphertext: '00' })],
    ['crypto.mac is 5', (file) => change(file, { mac: 5 })],
    ['crypto.kdf is "argon2"', (file) => change(file, { kdf: 'argon2' })],
    ['crypto.kdfparams.n is 2097152', (file) => params(file, { n: 2_097_152 })],
    ['crypto.kdfparams.n is 1000', (file) => params(file, { n: 1_000 })],
    ['crypto.kdfparams.r is 65', (file) => params(file, { r: 65 })],
    ['crypto.kdfparams.p is 9', (file) => params(file, { p: 9 })],
    ['crypto.kdfparams.dklen is 64', (file) => params(file, { dklen: 64 })],
    [
      'crypto.kdfparams.c is 1000000000',
      () => ({ ...PBKDF2, crypto: { ...PBKDF2.crypto, kdfparams: { ...PBKDF2.crypto.kdfparams, c: 1e9 } } }),
    ],
  ])('is refused: %s', async (message, spoil) => {
    const file = await encryptKeystore(KEY, 'pass', cheap);
    await expect(decryptKeystore(spoil(file), 'pass')).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(`keystore: ${message}`),
    });
  });
});
