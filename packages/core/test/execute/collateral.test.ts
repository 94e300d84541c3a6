import { installAttestationPrimitives, noblePrimitives, readCollateral } from '@aivm/core';
import { createMemoPrimitives, makeSnp, NOW } from '@aivm/test-authority';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  amdList,
  cite,
  intelDocuments,
  live,
  manifests,
  refuses,
  served,
  snpAttestation,
} from './attestation-scenario.ts';
import { alice, bob } from './scenario.ts';

beforeAll(() => installAttestationPrimitives(createMemoPrimitives()));
afterAll(() => installAttestationPrimitives(noblePrimitives));

describe('collateral', () => {
  it('keeps the newest document of a subject and deletes what it replaces', () => {
    const chain = served();
    const first = amdList([], NOW - 100);
    chain.must(alice, first);
    refuses(chain, 'duplicate', alice, first);
    refuses(chain, 'attestation_collateral_mismatch', alice, amdList([], NOW - 101));
    refuses(chain, 'attestation_expired', alice, amdList([], NOW + 9_000));
    chain.must(alice, amdList([], NOW - 50));
    expect(readCollateral(chain.state, cite(first).hash)).toBeUndefined();
    refuses(chain, 'attestation_collateral_mismatch', alice, first);
  });

  it('refuses forged, unknown and misplaced documents', () => {
    const chain = served();
    const list = amdList();
    const table: readonly (readonly [string, Partial<typeof list>])[] = [
      ['attestation_signature', { body: list.body.with(-1, (list.body.at(-1) ?? 0) ^ 1) }],
      ['attestation_malformed', { documentKind: 9 }],
      ['attestation_malformed', { signature: new Uint8Array(64) }],
      ['attestation_malformed', { chain: [] }],
      ['attestation_chain', { chain: makeSnp().evidence.chain.slice(0, 2) }],
      ['attestation_malformed', { documentKind: 3, body: new Uint8Array(5) }],
    ];
    for (const [code, parts] of table) refuses(chain, code, alice, { ...list, ...parts });
  });

  it('lets levels go up only', () => {
    const chain = served();
    const at = (number: number) =>
      intelDocuments({ tcbInfo: { tcbEvaluationDataNumber: number } })[2] ?? amdList();
    chain.must(alice, at(30));
    refuses(chain, 'attestation_collateral_mismatch', alice, at(29));
    chain.must(alice, at(31));
  });

  it('must be cited where the chain holds it, at its size and once', () => {
    const chain = served();
    const known = amdList();
    chain.must(alice, known);
    const ask = (lists: readonly ReturnType<typeof cite>[]) => {
      chain.mine();
      return { ...snpAttestation(chain, bob, 'p'), lists };
    };
    const list = cite(known);
    refuses(chain, 'attestation_collateral_missing', bob, ask([]));
    refuses(chain, 'attestation_collateral_mismatch', bob, ask([{ ...list, size: list.size + 1 }]));
    refuses(chain, 'attestation_collateral_mismatch', bob, ask([list, list]));
    chain.must(bob, ask([list]));
    const [rim] = manifests();
    if (rim === undefined) throw new Error('rim');
    chain.must(alice, rim);
    const stray = { ...ask([list]), manifests: [cite(rim)] };
    refuses(chain, 'attestation_collateral_mismatch', bob, stray);
  });

  it('ends attestations when a later list revokes more than the one that they were held against', () => {
    const chain = served();
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    chain.must(alice, amdList([], NOW - 100));
    expect(live(chain, 'p')).toBeDefined();
    const one = amdList([999], NOW - 90);
    chain.must(alice, one);
    expect(live(chain, 'p')).toBeUndefined();
    const lists = [cite(one)];
    chain.must(bob, { ...snpAttestation(chain, bob, 'p'), lists });
    // Nothing new in it: nobody has to attest again.
    chain.must(alice, amdList([999], NOW - 80));
    expect(live(chain, 'p')).toBeDefined();
    const two = amdList([999, 65_537], NOW - 70);
    chain.must(alice, two);
    expect(live(chain, 'p')).toBeUndefined();
    const revoking = [cite(two)];
    refuses(chain, 'attestation_revoked', bob, { ...snpAttestation(chain, bob, 'p'), lists: revoking });
  });

  it('ends with its own time: a list that has run out vouches for nothing', () => {
    const chain = served();
    const list = amdList([], NOW - 100, NOW + 20);
    chain.must(alice, list);
    chain.must(bob, { ...snpAttestation(chain, bob, 'p'), lists: [cite(list)] });
    expect(live(chain, 'p')?.validUntil).toBe(NOW + 20);
    while (chain.tip.header.timestamp < NOW + 20) chain.mine();
    refuses(chain, 'attestation_expired', bob, { ...snpAttestation(chain, bob, 'p'), lists: [cite(list)] });
  });
});
