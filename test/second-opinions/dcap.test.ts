import { rfc3339ToSeconds } from '@aivm/core/attestation';
import type { Collateral } from '@phala/dcap-qvl';
import { describe, expect, it } from 'vitest';
import {
  FIXTURES_TITLE,
  type FixtureCase,
  fixtureCases,
  hasFixtures,
  readFixture,
  readFixtureJson,
} from '../../packages/core/test/attestation/support/fixtures.ts';
import { IDENTITIES, LISTS, MUTATIONS, type Mutation, TRAILING } from './mutations.ts';
import { javascriptOpinion, ourOpinion, type Question, wasmOpinion } from './opinions.ts';

function questionOf({ kind, evidence, collateral, now }: FixtureCase): Question {
  return {
    kind: kind as Question['kind'],
    quote: readFixture(evidence),
    collateral: readFixtureJson<Collateral>(collateral as string),
    now: rfc3339ToSeconds(now) as number,
  };
}

const cases = fixtureCases().filter(({ kind }) => kind === 'sgx' || kind === 'tdx');
const QUESTIONS = new Map(cases.map((fixture) => [fixture.name, questionOf(fixture)]));
const question = (name: string): Question => QUESTIONS.get(name) as Question;
const isVersion5 = ({ quote }: Question): boolean => quote[0] === 5;
const BASES = ['tdx v4 up to date', 'sgx v3 config and sw hardening'];
const each = (names: readonly string[], mutations: readonly Mutation[]) =>
  names.flatMap((name) => mutations.map(([title, change]) => [name, title, change] as const));

/**
 * Two verifiers that others wrote. They agree with ours but for the differences that docs/attestation.md lists; each of
 * those is asserted, so that a version without it is noticed.
 */
describe.skipIf(!hasFixtures)(`second opinions: ${FIXTURES_TITLE}`, () => {
  it.each([...QUESTIONS.keys()])('%s', (name) => {
    const asked = question(name);
    expect(javascriptOpinion(asked)).toBe(ourOpinion(asked));
    // This version reads no quotes of version 5.
    expect(wasmOpinion(asked)).toBe(isVersion5(asked) ? 'refused' : ourOpinion(asked));
  });

  it.each(each(BASES, MUTATIONS))('%s, %s: all three agree', (name, title, change) => {
    const asked = change(question(name));
    const ours = ourOpinion(asked);
    expect(ours === 'refused').toBe(title !== 'nothing' && title !== 's → n − s');
    expect([javascriptOpinion(asked), wasmOpinion(asked)]).toEqual([ours, ours]);
  });

  it.each(each(['tdx v5 up to date'], MUTATIONS))('%s, %s: two agree', (name, _title, change) => {
    const asked = change(question(name));
    expect(javascriptOpinion(asked)).toBe(ourOpinion(asked));
  });

  it.each(each(BASES, LISTS))('%s, %s: only the one in JavaScript accepts', (name, _title, change) => {
    const asked = change(question(name));
    expect([ourOpinion(asked), wasmOpinion(asked)]).toEqual(['refused', 'refused']);
    expect(javascriptOpinion(asked)).toBe(ourOpinion(question(name)));
  });

  it.each(each(BASES, IDENTITIES))('%s, %s: only the one in WebAssembly accepts', (name, _title, change) => {
    const asked = change(question(name));
    expect([ourOpinion(asked), javascriptOpinion(asked)]).toEqual(['refused', 'refused']);
    expect(wasmOpinion(asked)).toBe(ourOpinion(question(name)));
  });

  it.each(each(BASES, TRAILING))('%s, %s: both others accept', (name, _title, change) => {
    const asked = change(question(name));
    const whole = ourOpinion(question(name));
    expect([ourOpinion(asked), javascriptOpinion(asked), wasmOpinion(asked)]).toEqual([
      'refused',
      whole,
      whole,
    ]);
  });
});
