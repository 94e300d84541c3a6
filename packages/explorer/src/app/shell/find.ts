import { hexToBytes } from '@aivm/core/bytes';
import { client } from '../chain/client.ts';
import { paths } from '../route/paths.ts';

const HASH = /^0x[0-9a-f]{64}$/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
const HEIGHT = /^#?\d{1,15}$/;

/** The first of several questions that the node has an answer to. */
async function firstFound(attempts: readonly (readonly [href: string, ask: () => Promise<unknown>])[]) {
  for (const [href, ask] of attempts) {
    try {
      await ask();
      return href;
    } catch {
      // Not that; the next one.
    }
  }
  return undefined;
}

/** The page of what a text names: a height, an address, a hash, or the id of a task or a provider. Undefined: nothing. */
export async function findPage(text: string): Promise<string | undefined> {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  if (ADDRESS.test(wanted)) return paths.account(wanted);
  if (HASH.test(wanted)) {
    const hex = wanted.toLowerCase();
    return firstFound([
      [paths.transaction(hex), () => client.getTransaction(hexToBytes(hex))],
      [paths.block(hex), () => client.getBlock(hex)],
    ]);
  }
  const height = wanted.replace('#', '');
  const isHeight = HEIGHT.test(wanted);
  return firstFound([
    ...(isHeight ? ([[paths.block(height), () => client.getBlock(height)]] as const) : []),
    [paths.task(wanted), () => client.getTask(wanted)],
    [paths.provider(wanted), () => client.getProvider(wanted)],
    ...(isHeight ? [] : ([[paths.block(wanted), () => client.getBlock(wanted)]] as const)),
  ]);
}
