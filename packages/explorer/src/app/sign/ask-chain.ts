import type { ModelFacts } from '@aivm/sdk';
import {
  type Account,
  type Connection,
  connect,
  developmentAccounts,
  type Eip1193Provider,
  parseJson,
  type Wallet,
} from '@aivm/sdk';

/** Who can sign in this browser. */
export interface SignerChoice {
  readonly id: string;
  readonly name: string;
  readonly account: Account;
}

/** A wallet that the browser brings, as EIP-1193 says. */
export function injectedWallet(): Eip1193Provider | undefined {
  const { ethereum } = globalThis as { readonly ethereum?: unknown };
  const { request } = Object(ethereum) as { readonly request?: unknown };
  return typeof request === 'function' ? (ethereum as Eip1193Provider) : undefined;
}

/** The development accounts, whose keys everybody knows. Only for chains that say that they are for development. */
export const developmentChoices = (): readonly SignerChoice[] =>
  developmentAccounts().map((wallet: Wallet, i) => ({
    id: `development-${i}`,
    name: `development account ${i}, ${wallet.address.slice(0, 10)}…`,
    account: wallet,
  }));

/** A connection that signs as this account. */
export const connectAs = (url: string, { account }: SignerChoice): Connection => connect(url, account);

/** A connection that only reads. */
export const connectToRead = (url: string): Connection => connect(url);

/** Numbers between brackets, commas or spaces. */
function integersOf(text: string): readonly number[] {
  const parts = text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(/[\s,]+/)
    .filter((part) => part !== '');
  const wrong = parts.find((part) => !/^-?\d{1,10}$/.test(part));
  if (wrong !== undefined) throw new TypeError(`input: "${wrong.slice(0, 20)}" is no integer`);
  return parts.map(Number);
}

/**
 * An input as a person types it: text for a network of text, integers for other networks and int8 models, JSON for the
 * rest, where anything that is no JSON is taken for a text.
 * @throws TypeError that names what is no integer
 */
export function inputOf(text: string, { info, network }: ModelFacts): unknown {
  if (network?.isText === true) return text;
  if (network !== undefined || info.check_class === 'int8-kernel') return integersOf(text);
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** What an input of a model is, for people. */
export function hintOf({ info, network }: ModelFacts): string {
  if (network?.isText === true)
    return `Text, at most ${network.maxT.toLocaleString('en')} ${network.tokenizer === undefined ? 'bytes' : 'tokens'}.`;
  if (network?.form === 'map') return `${network.inputBytes} integers from −128 to 127.`;
  if (network !== undefined) return `Tokens: integers below ${network.vocabulary.toLocaleString('en')}.`;
  if (info.check_class === 'int8-kernel') return '32 integers from −128 to 127.';
  return 'JSON; anything else is taken for a text.';
}

const INT8_KERNEL_INPUTS = 32;
const int8 = (count: number): string =>
  Array.from(crypto.getRandomValues(new Int8Array(Math.min(count, 4_096)))).join(' ');

/** An input that the model takes, to begin with. */
export function sampleOf({ info, network }: ModelFacts): string {
  if (network?.isText === true) return 'In the beginning ';
  if (network?.form === 'map') return int8(network.inputBytes);
  if (network !== undefined) return '1 2 3';
  return info.check_class === 'int8-kernel' ? int8(INT8_KERNEL_INPUTS) : '{"prompt": "hello"}';
}
