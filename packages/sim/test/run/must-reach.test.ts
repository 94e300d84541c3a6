import { readdirSync, readFileSync } from 'node:fs';
import { ERROR_CODES } from '@aivm/core/errors';
import { describe, expect, it } from 'vitest';
import { ELSEWHERE } from '../../src/run/elsewhere.ts';
import { ACTOR_KINDS, CODES, missingFrom, OUTCOMES } from '../../src/run/must-reach.ts';
import { SCENARIOS } from '../../src/scenarios/registry.ts';
import { Random } from '../../src/world/random.ts';

const ROOT = new URL('../../../../', import.meta.url);

const textUnder = (folder: string): string =>
  readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, ROOT), 'utf8'))
    .join('\n');

describe('what a whole batch must reach', () => {
  it('is every code that there is, but those that another test meets', () => {
    expect([...CODES, ...Object.keys(ELSEWHERE)].sort()).toEqual(Object.keys(ERROR_CODES).sort());
    const folders = new Map<string, string>();
    for (const [code, folder] of Object.entries(ELSEWHERE)) {
      const text = folders.get(folder) ?? textUnder(folder);
      folders.set(folder, text);
      // Verifiers answer with the part behind the prefix.
      expect(text, `${code} in ${folder}`).toContain(code.replace(/^attestation_/, ''));
    }
  });

  it('names every kind of actor that a scenario can have, and no other', () => {
    const kinds = new Set<string>();
    for (const { plan, name } of SCENARIOS) {
      for (let draw = 0; draw < 20; draw++) {
        for (const { kind } of plan(Random.of(`${name}/${draw}`)).actors) kinds.add(kind);
      }
    }
    expect([...ACTOR_KINDS].sort()).toEqual([...kinds].sort());
  });

  it('is missing where a batch met it never', () => {
    const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 1]));
    const met = {
      runsByScenario: all(SCENARIOS.map(({ name }) => name)),
      runsByActor: all(ACTOR_KINDS),
      outcomes: all(OUTCOMES),
      codes: all(CODES),
    };
    expect(missingFrom(met)).toEqual([]);
    const { too_early: _, ...codes } = met.codes;
    expect(missingFrom({ ...met, codes, outcomes: {} })).toEqual([
      ...OUTCOMES.map((name) => `outcome/${name}`),
      'code/too_early',
    ]);
  });
});
