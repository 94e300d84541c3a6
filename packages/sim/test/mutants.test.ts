import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENT, mutantTable, withTable } from '../mutants/docs.ts';
import { applyEdits } from '../mutants/mutant.ts';
import { MUTANTS } from '../mutants/registry.ts';
import { CHECKERS, findScenario } from '../src/index.ts';

const ROOT = new URL('../../..', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');
const all = MUTANTS.flatMap(({ mutants }) => mutants);

describe('mutants', () => {
  it('are there for every checker, and for nothing else', () => {
    expect(MUTANTS.map(({ checker }) => checker).sort()).toEqual(CHECKERS.map(([name]) => name).sort());
    for (const { checker, mutants } of MUTANTS) {
      expect(mutants.length, checker).toBeGreaterThan(0);
      for (const { name } of mutants) expect(name.startsWith(`${checker}-`), name).toBe(true);
    }
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(all)('$name still finds its place, in a scenario that there is', ({ edits, scenario }) => {
    expect(edits.length).toBeGreaterThan(0);
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const text = read(file);
      const own = edits.filter((edit) => edit.file === file);
      expect(applyEdits(text, own)).not.toBe(text);
    }
    expect(findScenario(scenario).name).toBe(scenario);
  });

  it('are refused where their place is gone or stands twice', () => {
    const edit = { file: 'x.ts', old: 'a', new: 'b' };
    expect(() => applyEdits('c', [edit])).toThrow('x.ts: expected once, found 0 times');
    expect(() => applyEdits('a a', [edit])).toThrow('found 2 times');
    expect(applyEdits('ca', [{ ...edit, new: '$&' }])).toBe('c$&');
  });

  it('are those that the document lists', () => {
    const document = read(DOCUMENT);
    expect(withTable(document, mutantTable(MUTANTS))).toBe(document);
  });
});
