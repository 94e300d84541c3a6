/**
 * Records what 1,000 random histories lead to: packages/core/test/execute/world/golden-roots.json.
 *
 *   npm run record:roots
 *
 * The record holds the rules of execution still while code moves. A change of a rule, of a byte format of the state or of
 * the generator of histories changes it: record again, in the commit of that change, and say there why roots differ. A
 * change that is meant to keep the rules must not need a new record. It takes one core for minutes.
 */
import { writeFileSync } from 'node:fs';
import { installAttestationPrimitives } from '@aivm/core/attestation';
import { createMemoPrimitives } from '@aivm/test-authority';
import { runHistory } from '../test/execute/world/golden-history.ts';

const COUNT = 1_000;

installAttestationPrimitives(createMemoPrimitives());
const roots: string[] = [];
const codes = new Set<string>();
for (let seed = 0; seed < COUNT; seed++) {
  const { state, block } = runHistory(seed, codes);
  roots.push(`${state} ${block}`);
  if (roots.length % 100 === 0) console.log(`${roots.length} histories, ${codes.size} kinds of outcomes`);
}
writeFileSync(
  new URL('../test/execute/world/golden-roots.json', import.meta.url),
  `${JSON.stringify({ count: COUNT, roots }, undefined, 2)}\n`,
);
