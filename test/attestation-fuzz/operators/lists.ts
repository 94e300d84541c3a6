import type { Input, Sample } from '../input.ts';
import { listsOf, partsOf, replaceAt, valueAt } from '../parts.ts';
import type { Random } from '../random.ts';
import type { Circumstance } from './context.ts';

type Items = readonly Uint8Array[];
type Edit = (items: Items, foreign: Uint8Array, random: Random) => Items;

/** A part of any sample: another certificate of the same key, another list of the same authority and day. */
const FOREIGN_EDITS: readonly Edit[] = [
  (items, foreign, random) => items.toSpliced(random.below(items.length + 1), 0, foreign),
  (items, foreign, random) => items.toSpliced(random.below(items.length), 1, foreign),
];

const EDITS: readonly Edit[] = [
  (items, _, random) => items.toSpliced(random.below(items.length), 1),
  (items, _, random) => [...items, random.pick(items)],
  (items, _, random) => items.toSpliced(random.below(items.length + 1), 0, random.pick(items)),
  (items) => items.toReversed(),
  (items, _, random) => items.toSpliced(random.below(items.length), 1, random.pick(items)),
  (items) => [...items, ...items],
  (items, _, random) =>
    Array.from({ length: 1 + random.below(300) }, (__, i) => items[i % items.length] ?? new Uint8Array()),
  ...FOREIGN_EDITS,
  () => [],
  (items) => items.map(() => new Uint8Array()),
  (items, _, random) => [...items, random.bytes(random.below(40))],
];

/** Chains and lists that are longer, shorter, circular, out of order, or with members of strangers. */
export function editList({ input }: Sample, random: Random, samples: readonly Sample[]): Circumstance {
  const paths = listsOf(input);
  if (paths.length === 0) return { input, allowance: 'same' };
  const path = random.pick(paths);
  const items = valueAt(input, path) as Items;
  const strangers = partsOf(random.pick(samples).input).filter(({ form }) => form !== 'raw');
  const foreign = strangers.length === 0 ? new Uint8Array(1) : random.pick(strangers).bytes;
  const edit = random.pick(EDITS);
  const changed = replaceAt(input, path, edit(items, foreign, random));
  return { input: changed, allowance: FOREIGN_EDITS.includes(edit) ? 'known' : 'same' };
}

/** One part in the place of the same part of another sample: TCB info of other platforms, lists of other issuers. */
export function splicePart(input: Input, samples: readonly Sample[], random: Random): Input {
  const { path, bytes, form } = random.pick(partsOf(input));
  const others = partsOf(random.pick(samples).input).filter((part) => part.form === form);
  const same = others.filter((part) => part.path.at(-1) === path.at(-1));
  const pool = same.length > 0 ? same : others;
  const other = pool.length === 0 ? bytes : random.pick(pool).bytes;
  return replaceAt(input, path, other);
}

/** A whole document, chain or side of the evidence in the place of another sample's. */
export function spliceTree(input: Input, samples: readonly Sample[], random: Random): Input {
  const other = random.pick(
    samples.filter(({ input: { evidence } }) => evidence.kind === input.evidence.kind),
  ).input;
  const choices: readonly (() => Input)[] = [
    () => ({ ...input, collateral: other.collateral }),
    () => ({
      ...input,
      collateral: {
        ...input.collateral,
        ...(other.collateral.rims === undefined ? {} : { rims: other.collateral.rims }),
      },
    }),
    () => {
      const mine = input.collateral.intel;
      const theirs = other.collateral.intel;
      if (mine === undefined || theirs === undefined) return input;
      const name = random.pick(['rootList', 'platformList', 'tcbInfo', 'enclaveIdentity'] as const);
      return { ...input, collateral: { intel: { ...mine, [name]: theirs[name] } } };
    },
    () =>
      input.evidence.kind === 'snp' && other.evidence.kind === 'snp'
        ? { ...input, evidence: { ...input.evidence, chain: other.evidence.chain } }
        : input,
    () => ({ ...input, collateral: {} }),
  ];
  return random.pick(choices)();
}
