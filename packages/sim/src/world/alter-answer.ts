import { parseJson, stringifyJson } from '@aivm/sdk';
import type { Random } from './random.ts';

/** Words of answers that stand where others of the same row could: a changed one is still understood. */
const ROWS: readonly (readonly string[])[] = [
  ['pending', 'assigned', 'processing', 'completed', 'failed'],
  ['open', 'posted', 'final', 'void', 'committing', 'revealing', 'disputed'],
  ['drawing', 'committing', 'revealing'],
  ['drawn', 'committed', 'revealed'],
  ['pending', 'accepted', 'final'],
  ['active', 'unbonding', 'slashed', 'withdrawn'],
  ['open', 'upheld', 'rejected', 'undecided'],
  ['opaque', 'int8-kernel', 'int8-graph'],
  ['task', 'conviction', 'block', 'seat', 'challenge'],
  ['nonce_too_low', 'nonce_gap', 'already_known', 'insufficient_balance', 'provider_slashed', 'not_found'],
];

type Holder = Record<string, unknown>;

/** Places of a document that hold no further ones. */
function leavesOf(value: unknown, found: [holder: Holder, name: string][]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === 'object' && item !== null) leavesOf(item, found);
    else found.push([value as Holder, name]);
  }
}

/** The same text with one character of an alphabet elsewhere. */
function flip(text: string, random: Random): string {
  const at = random.below(Math.max(1, text.length));
  const alphabet = /^(?:0x)?[0-9a-f]*$/.test(text) ? '0123456789abcdef' : 'ABCabc019+/=';
  return text.slice(0, at) + alphabet.charAt(random.below(alphabet.length)) + text.slice(at + 1);
}

function alter(value: unknown, random: Random): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number')
    return random.pick([value + 1, Math.max(0, value - 1), 7 * value + 1_000, 0]);
  if (typeof value === 'bigint') return random.pick([value + 1n, 1_000n * value, 0n]);
  if (typeof value !== 'string') return 0;
  const rows = ROWS.filter((words) => words.includes(value));
  if (rows.length > 0) return random.pick(random.pick(rows).filter((word) => word !== value));
  if (/^\d+$/.test(value)) return random.pick([String(BigInt(value) + 1n), `${value}0`, '0']);
  return flip(value, random);
}

/** The text of an answer with one of its facts changed, or left out. */
export function alterAnswer(text: string, random: Random): string {
  const json = parseJson(text);
  const leaves: [Holder, string][] = [];
  leavesOf(json, leaves);
  if (leaves.length === 0) return text;
  const [holder, name] = random.pick(leaves);
  if (random.chance(80)) delete holder[name];
  else holder[name] = alter(holder[name], random);
  return stringifyJson(json);
}
