import { installAttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import { readCollateralSlot } from '@aivm/core/state';
import { createMemoPrimitives, ecKey, flipS, makeRims, makeSnp, NOW } from '@aivm/test-authority';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTcbEvaluation } from '../../src/state/read-attestation.ts';
import {
  amdList,
  cite,
  gpuPart,
  intelDocuments,
  live,
  manifests,
  refuses,
  served,
  snpAttestation,
  submitAttestation,
  tdxPart,
} from './attestation-scenario.ts';
import { alice, bob, carol } from './scenario.ts';

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
    expect(readCollateralSlot(chain.state, cite(first).slot)?.date).toBe(NOW - 50);
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
    refuses(chain, 'attestation_collateral_mismatch', alice, at(28));
    chain.must(alice, at(31));
    refuses(chain, 'attestation_collateral_mismatch', alice, at(29));
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
    refuses(chain, 'attestation_collateral_mismatch', bob, ask([{ ...list, size: list.size - 1 }]));
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

  it('takes a document for what was signed, in whatever bytes somebody else was first with', () => {
    const chain = served();
    const [rootList, platformList, info, identity] = intelDocuments();
    if (!rootList || !platformList || !info || !identity) throw new Error('documents');
    const otherInfo = { ...info, signature: flipS(info.signature, ecKey('p256', 'any').order) };
    for (const document of [rootList, platformList, otherInfo, identity]) chain.must(alice, document);
    refuses(chain, 'duplicate', bob, info);
    const lists = [rootList, platformList].map(cite);
    const cited = { lists, documents: [info, identity].map(cite) };
    chain.must(bob, { ...submitAttestation(chain, 'p', tdxPart(chain, bob)), ...cited });
    expect(live(chain, 'p')?.hardware).toBe(true);
  });

  it('takes a manifest with blanks in its unsigned part for the same manifest', () => {
    const chain = served();
    const blank = (body: Uint8Array) =>
      utf8ToBytes(new TextDecoder().decode(body).replace('</ds:SignatureValue>', ' </ds:SignatureValue>'));
    for (const document of manifests()) chain.must(alice, { ...document, body: blank(document.body) });
    for (const document of manifests()) refuses(chain, 'duplicate', bob, document);
    const cited = manifests().map((document) => ({ ...cite(document), size: document.body.length + 1 }));
    chain.must(bob, { ...submitAttestation(chain, 'p', gpuPart(chain, bob)), manifests: cited });
    expect(live(chain, 'p')?.score).toBe(83);
  });

  it('takes evidence that was made before a newer list came', () => {
    const chain = served();
    const [older, newer] = [amdList([], NOW - 100), amdList([], NOW - 90)];
    chain.must(alice, older);
    const operation = { ...snpAttestation(chain, bob, 'p'), lists: [cite(older)] };
    chain.must(alice, newer);
    chain.must(bob, operation);
  });

  it('replaces a document under a chain that ends sooner by the same one under a longer chain', () => {
    const chain = served();
    const at = (until: number) => {
      const [rim] = makeRims({ validity: { from: NOW - 10, until } });
      return { ...(manifests()[0] ?? amdList()), body: rim ?? new Uint8Array() };
    };
    chain.must(alice, at(NOW + 500));
    chain.must(alice, at(NOW + 900));
    refuses(chain, 'attestation_collateral_mismatch', alice, at(NOW + 500));
  });
});

describe('evaluations of firmware levels', () => {
  /** TCB info and enclave identity of an evaluation, for a platform. */
  const evaluation = (number: number, fmspc = '90c06f000000', identityNumber = number) => {
    const documents = intelDocuments({
      fmspc,
      tcbInfo: { fmspc: fmspc.toUpperCase(), tcbEvaluationDataNumber: number },
      identity: { tcbEvaluationDataNumber: identityNumber },
    });
    const [rootList, platformList, info, identity] = documents;
    if (!rootList || !platformList || !info || !identity) throw new Error('documents');
    return { lists: [rootList, platformList], info, identity };
  };

  it('have one number for all platforms: an old one does not return through another', () => {
    const chain = served();
    const newest = evaluation(20);
    chain.must(alice, newest.info);
    const old = evaluation(5, '50806f000000');
    refuses(chain, 'attestation_collateral_mismatch', carol, old.info);
    refuses(chain, 'attestation_collateral_mismatch', carol, old.identity);
    expect(readTcbEvaluation(chain.state, 'tdx')).toBe(20);
    expect(readTcbEvaluation(chain.state, 'sgx')).toBe(0);
  });

  it('come early for some: one that anybody submits leaves those in force that were', () => {
    const chain = served();
    const standard = evaluation(17);
    const early = evaluation(18);
    for (const document of [...standard.lists, standard.info, standard.identity]) chain.must(alice, document);
    chain.must(carol, early.info);
    const lists = standard.lists.map(cite);
    const documents = [standard.info, standard.identity].map(cite);
    chain.must(bob, { ...submitAttestation(chain, 'p', tdxPart(chain, bob)), lists, documents });
    // Two behind is too old, also where it is on chain already.
    chain.must(carol, evaluation(19).identity);
    const late = { ...submitAttestation(chain, 'p', tdxPart(chain, bob)), lists, documents };
    expect(['attestation_collateral_missing', 'attestation_collateral_mismatch']).toContain(
      chain.apply(bob, late),
    );
    refuses(chain, 'attestation_collateral_mismatch', carol, standard.identity);
  });

  it('with a lag of 0 leave only the newest', () => {
    const chain = served({ intel: { evaluationLag: 0 } });
    chain.must(alice, evaluation(18).info);
    refuses(chain, 'attestation_collateral_mismatch', alice, evaluation(17).info);
  });
});
