import type { Random } from './random.ts';

type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

/** A place in a JSON document: what holds it, and its name or index there. */
interface Place {
  readonly holder: { [name: string]: Json };
  readonly name: string;
  readonly path: string;
}

const PLACES_MAX = 5_000;

/** Every value of the document that is no object and no list, and every list. */
function placesOf(value: Json, path: string, found: Place[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    if (found.length >= PLACES_MAX) return;
    const place = { holder: value as { [name: string]: Json }, name, path: `${path}.${name}` };
    const isLeaf = typeof item !== 'object' || item === null || Array.isArray(item);
    if (isLeaf) found.push(place);
    placesOf(item, place.path, found);
  }
}

/** Words that stand for each other in some answer: a changed one is still understood. */
const VOCABULARIES: readonly (readonly string[])[] = [
  ['pending', 'assigned', 'processing', 'completed', 'failed'],
  ['open', 'posted', 'final', 'void', 'committing', 'revealing', 'disputed'],
  ['drawn', 'committed', 'revealed'],
  ['drawing', 'committing', 'revealing'],
  ['pending', 'accepted', 'final'],
  ['active', 'unbonding', 'slashed', 'withdrawn'],
  ['open', 'upheld', 'rejected', 'undecided'],
  ['opaque', 'int8-kernel'],
  ['task', 'conviction', 'block', 'seat', 'challenge'],
  ['nonce_too_low', 'nonce_gap', 'already_known', 'insufficient_balance', 'provider_slashed', 'not_found'],
];

const flipCharacter = (text: string, random: Random, alphabet: string): string => {
  if (text === '') return 'x';
  const at = random.below(text.length);
  return text.slice(0, at) + random.pick([...alphabet]) + text.slice(at + 1);
};

function alterText(text: string, random: Random): string {
  const vocabularies = VOCABULARIES.filter((words) => words.includes(text));
  if (vocabularies.length > 0) return random.pick(random.pick(vocabularies).filter((word) => word !== text));
  if (/^0x[0-9a-f]+$/i.test(text)) return `0x${flipCharacter(text.slice(2), random, '0123456789abcdef')}`;
  if (/^\d+$/.test(text)) return random.pick(['0', `${text}0`, String(BigInt(text) + 1n), '1']);
  return flipCharacter(text, random, 'ABCabc019+/=-.');
}

function alterNumber(value: number | bigint, random: Random): Json {
  if (typeof value === 'bigint') return random.pick([value + 1n, value * 1_000n, 0n, -1n]);
  return random.pick([value + 1, Math.max(0, value - 1), value * 1_000 + 7, 0, -1]);
}

function alterValue(value: Json | undefined, random: Random): Json | undefined {
  if (typeof value === 'string') return alterText(value, random);
  if (typeof value === 'number' || typeof value === 'bigint') return alterNumber(value, random);
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.length === 0 ? [0] : value.slice(1);
  return value === null ? 0 : undefined;
}

/** Changes one fact in a parsed answer, in place. @returns where; undefined where there is nothing to change */
export function alterOneFact(json: Json, random: Random): string | undefined {
  const places: Place[] = [];
  placesOf(json, '', places);
  if (places.length === 0) return undefined;
  const { holder, name, path } = random.pick(places);
  const altered = random.below(12) === 0 ? undefined : alterValue(holder[name], random);
  if (altered === undefined) {
    if (Array.isArray(holder)) holder.splice(Number(name), 1);
    else delete holder[name];
    return `${path} left out`;
  }
  holder[name] = altered;
  return path;
}
