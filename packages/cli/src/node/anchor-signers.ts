import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, hexToBytes, isHex } from '@aivm/core/bytes';
import { privateKeyToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import type { AnchorSigner } from '@aivm/node';

/** Ed25519 keys of CometBFT's files hold the seed, then the public key. */
const SEED_BYTES = 32;
const CONSENSUS_KEY_BYTES = 64;

async function readText(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no ${what} at ${path}`, { cause });
  });
}

function readObject(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new AivmError('malformed', `${path}: no JSON object`);
}

/** The seed of the key with which a validator votes, from CometBFT's `priv_validator_key.json`. */
export async function readConsensusSeed(path: string): Promise<Uint8Array> {
  const { priv_key: key } = readObject(await readText(path, "validator's key"), path);
  const { type, value } = (typeof key === 'object' && key !== null ? key : {}) as Record<string, unknown>;
  const raw = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (type !== 'tendermint/PrivKeyEd25519' || raw.length !== CONSENSUS_KEY_BYTES) {
    throw new AivmError(
      'malformed',
      `${path}: priv_key is no tendermint/PrivKeyEd25519 of ${CONSENSUS_KEY_BYTES} bytes in base64`,
    );
  }
  return new Uint8Array(raw.subarray(0, SEED_BYTES));
}

/** The text of a file that holds a key for anchors, to be read by its owner alone. */
export async function anchorSignerText({ privateKey, binding }: AnchorSigner): Promise<string> {
  const { anchorKeyToJson } = await import('@aivm/node');
  const content = { private_key: `0x${bytesToHex(privateKey)}`, binding: anchorKeyToJson(binding) };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

async function readSigner(path: string): Promise<AnchorSigner> {
  const { anchorKeyFromJson } = await import('@aivm/node');
  const { private_key: text, binding: json } = readObject(await readText(path, 'key for anchors'), path);
  const privateKey = typeof text === 'string' && isHex(text) ? hexToBytes(text) : undefined;
  if (privateKey?.length !== SEED_BYTES) {
    throw new AivmError('malformed', `${path}: private_key: expected 0x and 64 hex digits`);
  }
  const binding = anchorKeyFromJson(json, `${path}: binding`);
  const own = bytesToHex(privateKeyToAddress(privateKey));
  if (own !== bytesToHex(binding.key)) {
    throw new AivmError(
      'malformed',
      `${path}: binding.key is 0x${bytesToHex(binding.key)}, private_key's is 0x${own}`,
    );
  }
  return { privateKey, binding };
}

/**
 * The keys in a file that `aivm anchor key` wrote, or in all of a folder's: the newest takes the others' place once the chain
 * knows it, and until then the one that it knows signs.
 */
export async function readAnchorSigners(path: string | undefined): Promise<readonly AnchorSigner[]> {
  if (path === undefined) return [];
  const kind = await stat(path).catch((cause: unknown) => {
    throw new AivmError('not_found', `no key for anchors at ${path}`, { cause });
  });
  if (!kind.isDirectory()) return [await readSigner(path)];
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new AivmError('not_found', `no key for anchors (*.json) in ${path}`);
  return Promise.all(names.map((name) => readSigner(join(path, name))));
}
