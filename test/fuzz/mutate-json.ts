import type { Random } from '../attestation-fuzz/random.ts';

type Place = { readonly holder: Record<string, unknown>; readonly name: string };

const isHolder = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function placesIn(value: unknown): readonly Place[] {
  if (!isHolder(value)) return [];
  return Object.keys(value).flatMap((name) => [{ holder: value, name }, ...placesIn(value[name])]);
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  255,
  256,
  2 ** 32,
  2 ** 53 - 1,
  18446744073709551615n,
  18446744073709551616n,
  10n ** 40n,
  '',
  '0',
  '-1',
  '1e3',
  'x'.repeat(65),
  'x'.repeat(70_000),
  '\ud800',
  'AQID=',
  '0x00',
  [],
  {},
  [[[[]]]],
  { __proto__: 1, constructor: 2 },
];

/** A copy of `json` with one member changed, renamed, left out, or copied to another place. */
export function mutateJson(json: unknown, random: Random): unknown {
  const root = { value: structuredClone(json) } as Record<string, unknown>;
  const places = placesIn(root);
  const { holder, name } = random.pick(places);
  switch (random.below(4)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(name), 1);
      else delete holder[name];
      break;
    case 1: {
      const other = random.pick(places);
      holder[name] = structuredClone(other.holder[other.name]);
      break;
    }
    case 2:
      if (!Array.isArray(holder)) holder[`${name}${random.pick(['', '_', 's', '\0'])}`] = random.pick(VALUES);
      break;
    default:
      holder[name] = random.pick(VALUES);
  }
  return root.value;
}
