import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { formatAmount, parseAmount } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { ApiKey, SpendingLimits } from '@aivm/gateway';

/** Members of a limit, as the file and the options of `aivm gateway` name them. */
const LIMITS = ['perRequest', 'perDay', 'total'] as const;
const OWNER_ONLY = 0o600;
const NAME = /^[\w.-]{1,64}$/;

const refuse = (path: string, what: string): AivmError => new AivmError('malformed', `${path}: ${what}`);

function limitsOf(value: unknown, place: string, path: string): SpendingLimits {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(path, `${place}: expected an object`);
  const entries = Object.entries(value).map(([name, amount]) => {
    if (!(LIMITS as readonly string[]).includes(name))
      throw refuse(path, `${place}.${name}: unknown; a key has ${LIMITS.join(', ')}`);
    if (typeof amount !== 'string')
      throw refuse(path, `${place}.${name}: expected an amount such as "1.5 AI"`);
    try {
      return [name, parseAmount(amount)];
    } catch (cause) {
      throw refuse(path, `${place}.${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  });
  return Object.fromEntries(entries) as SpendingLimits;
}

function keyOf(value: unknown, i: number, path: string): ApiKey {
  const place = `keys[${i}]`;
  const { name, hash, account, limits, ...others } = Object(value) as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw refuse(path, `${place}.${unknown}: unknown; a key has name, hash, account, limits`);
  if (typeof name !== 'string' || !NAME.test(name))
    throw refuse(path, `${place}.name: expected 1–64 of A–Z a–z 0–9 . _ -`);
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw refuse(path, `${place}.hash: expected 64 hex digits, as \`aivm gateway key\` writes them`);
  if (typeof account !== 'string' || account === '')
    throw refuse(path, `${place}.account: expected a key file, dev:0 … dev:9, or "default"`);
  return { name, hash, account, limits: limitsOf(limits, `${place}.limits`, path) };
}

/** The API keys in a file. @throws AivmError `not_found`, `malformed` that names the member */
export async function readKeysFile(path: string): Promise<readonly ApiKey[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AivmError(
      'not_found',
      `${path}: ${cause.code === 'ENOENT' ? 'no such file; make a key: aivm gateway key NAME' : cause.message}`,
      { cause },
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AivmError('malformed', `${path}: no JSON`, { cause });
  }
  const { keys } = Object(value) as { readonly keys?: unknown };
  if (!Array.isArray(keys)) throw refuse(path, 'keys: expected an array');
  return keys.map((key, i) => keyOf(key, i, path));
}

const toJson = ({ name, hash, account, limits }: ApiKey): object => ({
  ...{ name, hash, account },
  limits: Object.fromEntries(
    LIMITS.flatMap((limit) => (limits[limit] === undefined ? [] : [[limit, formatAmount(limits[limit])]])),
  ),
});

/** Adds a key to a file, which is made if it is missing. The file is replaced whole. @throws AivmError `id_taken` */
export async function addKey(path: string, key: ApiKey): Promise<void> {
  if (!NAME.test(key.name))
    throw new AivmError('malformed', `name "${key.name}": expected 1–64 of A–Z a–z 0–9 . _ -`);
  const known = await readKeysFile(path).catch((error: unknown) => {
    if (error instanceof AivmError && error.code === 'not_found') return [];
    throw error;
  });
  if (known.some(({ name }) => name === key.name))
    throw new AivmError('id_taken', `${path}: there is a key "${key.name}"`);
  const text = `${JSON.stringify({ keys: [...known, key].map(toJson) }, undefined, 2)}\n`;
  const part = `${path}.${randomUUID()}`;
  const file = await open(part, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}
