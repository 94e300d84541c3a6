import { verifyAttestation } from '@aivm/core/attestation';
import { type Answer, answerOf, type Input, type Mutant, type Sample } from '../input.ts';
import { type Part, partsOf, replaceAt } from '../parts.ts';
import type { Random } from '../random.ts';
import { append, editBytes } from './bytes.ts';
import { type Circumstance, changeClaim, changeKind, changeNonce, changeTime, reuse } from './context.ts';
import { editDer, editTagged } from './der.ts';
import { flipScalar } from './high-s.ts';
import { editList, splicePart, spliceTree } from './lists.ts';
import { damageFile, damageShape } from './outer.ts';
import { signAgain } from './resigned.ts';
import { editJson, editXml } from './text.ts';

/** Asks about an input. */
export const ask = ({ evidence, collateral, options }: Input): Answer =>
  answerOf(verifyAttestation(evidence, collateral, options));

type Operator = (sample: Sample, random: Random, samples: readonly Sample[]) => Mutant | undefined;

const TAG_OID = new Set([0x06]);
const TAG_TIMES = new Set([0x17, 0x18]);

/** An operator on one byte string of the forms that it can read. */
const onPart =
  (forms: readonly Part['form'][], edit: (bytes: Uint8Array, random: Random) => Uint8Array): Operator =>
  ({ input }, random) => {
    const parts = partsOf(input).filter(({ form }) => forms.includes(form));
    if (parts.length === 0) return undefined;
    const { path, bytes } = random.pick(parts);
    const changed = replaceAt(input, path, edit(bytes, random));
    return { allowance: 'same', run: () => ask(changed) };
  };

const onInput =
  (
    allowance: Mutant['allowance'],
    edit: (input: Input, samples: readonly Sample[], random: Random) => Input,
  ): Operator =>
  ({ input }, random, samples) => {
    const changed = edit(input, samples, random);
    return { allowance, run: () => ask(changed) };
  };

const under =
  (change: (sample: Sample, samples: readonly Sample[], random: Random) => Circumstance): Operator =>
  (sample, random, samples) => {
    const { input, allowance } = change(sample, samples, random);
    return { allowance, run: () => ask(input) };
  };

const ALL_FORMS = ['der', 'xml', 'json', 'raw'] as const;

/** The operators and how often each is drawn. */
export const OPERATORS: readonly (readonly [name: string, weight: number, operator: Operator])[] = [
  ['bytes', 12, onPart(ALL_FORMS, editBytes)],
  ['append', 4, onPart(ALL_FORMS, append)],
  ['der', 16, onPart(['der'], editDer)],
  ['algorithm', 6, onPart(['der'], (bytes, random) => editTagged(bytes, random, TAG_OID))],
  ['date', 6, onPart(['der'], (bytes, random) => editTagged(bytes, random, TAG_TIMES))],
  ['chain', 10, under((sample, samples, random) => editList(sample, random, samples))],
  ['splice', 10, onInput('known', splicePart)],
  ['exchange', 6, onInput('known', spliceTree)],
  ['high-s', 4, onInput('same', (input, _, random) => flipScalar(input, random))],
  ['xml', 12, onPart(['xml'], editXml)],
  ['json', 6, onPart(['json'], editJson)],
  ['time', 4, under((sample, _, random) => changeTime(sample, random))],
  ['nonce', 4, under(changeNonce)],
  ['reuse', 3, under((sample, _, random) => reuse(sample, random))],
  ['kind', 3, under((sample, _, random) => changeKind(sample, random))],
  ['claim', 4, under(changeClaim)],
  ['files', 5, ({ input }, random) => damageFile(input, random)],
  ['shape', 6, ({ input }, random) => damageShape(input, random)],
  ['signed again', 1, onInput('any', (input, _, random) => signAgain(input, random))],
];
