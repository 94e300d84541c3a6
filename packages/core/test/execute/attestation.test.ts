import {
  DEFAULT_ATTESTATION_POLICY,
  installAttestationPrimitives,
  KIND_NUMBER,
  noblePrimitives,
} from '@aivm/core/attestation';
import { Attestation } from '@aivm/core/layout';
import {
  readAttestationPolicy,
  readChain,
  readProviderAttestation,
  readWaitingAttestation,
  stateKeys,
} from '@aivm/core/state';
import { createMemoPrimitives, DAY, flipS, makeSnp, NOW, withSignature } from '@aivm/test-authority';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chip,
  cite,
  gpuPart,
  intelDocuments,
  LISTED,
  live,
  manifests,
  openChain,
  refuses,
  served,
  snpAttestation,
  snpPart,
  statementPart,
  submitAttestation,
  tdxPart,
} from './attestation-scenario.ts';
import { alice, bob, carol, complete, people, registerProvider, submitTask, taskOf } from './scenario.ts';
import { person, TestChain } from './test-chain.ts';

beforeAll(() => installAttestationPrimitives(createMemoPrimitives()));
afterAll(() => installAttestationPrimitives(noblePrimitives));

describe('submitAttestation', () => {
  it('keeps what a processor shows, until its time ends', () => {
    const chain = served(LISTED);
    const sessionKey = person(50).address;
    chain.must(bob, snpAttestation(chain, bob, 'p', { sessionKey }));
    expect(live(chain, 'p')).toMatchObject({
      provider: 'p',
      operator: bob.address,
      kind: KIND_NUMBER.snp,
      score: 70,
      hardware: true,
      cpuTee: true,
      sessionKey,
      gpuModel: '',
      measurement: new Uint8Array(48).fill(0x4d),
      validUntil: chain.tip.header.timestamp + DAY,
    });
    const { validFrom = 0, validUntil = 0 } = live(chain, 'p') ?? {};
    expect(live(chain, 'p', validUntil)).toBeDefined();
    expect(live(chain, 'p', validUntil + 1)).toBeUndefined();
    expect(live(chain, 'p', validFrom - 1)).toBeUndefined();
  });

  it('trusts no key where no workload is listed', () => {
    const chain = served();
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    expect(live(chain, 'p')).toMatchObject({ hardware: true, cpuTee: false });
  });

  it('adds what GPUs have above plain hardware to a processor, and never calls GPUs alone a processor', () => {
    const chain = served(LISTED);
    for (const document of manifests()) chain.must(alice, document);
    const cited = { manifests: manifests().map(cite) };
    chain.must(bob, submitAttestation(chain, 'p', { ...gpuPart(chain, bob, ['a', 'b']), ...cited }));
    expect(live(chain, 'p')).toMatchObject({ kind: 4, score: 83, cpuTee: false, gpuModel: 'GH100' });
    expect(live(chain, 'p')?.devices).toHaveLength(2);
    chain.must(
      bob,
      submitAttestation(chain, 'p', { ...snpPart(chain, bob), ...gpuPart(chain, bob, ['a']), ...cited }),
    );
    expect(live(chain, 'p')).toMatchObject({ kind: 2, score: 83, cpuTee: true, gpuModel: 'GH100' });
    expect(live(chain, 'p')?.devices).toHaveLength(2);
  });

  it('takes a quote with its four documents', () => {
    const chain = served();
    const documents = intelDocuments();
    for (const document of documents) chain.must(alice, document);
    const [rootList, platformList, ...others] = documents.map(cite);
    if (rootList === undefined || platformList === undefined) throw new Error('lists');
    const parts = { ...tdxPart(chain, bob), lists: [platformList, rootList], documents: others };
    chain.must(bob, submitAttestation(chain, 'p', parts));
    expect(live(chain, 'p')).toMatchObject({ kind: 3, score: 70, hardware: true });
    const partial = { ...parts, ...tdxPart(chain, bob), documents: others.slice(1) };
    refuses(chain, 'attestation_collateral_missing', bob, submitAttestation(chain, 'p', partial));
  });

  it("takes a statement under the operator's key, which is never hardware", () => {
    const chain = served();
    chain.must(bob, submitAttestation(chain, 'p', statementPart(chain, bob, 'p')));
    expect(live(chain, 'p')).toMatchObject({
      kind: 6,
      score: 60,
      hardware: false,
      cpuTee: false,
      gpuModel: '',
    });
    expect(readChain(chain.state).attestationOps).toBe(0);
    chain.mine();
    const foreign = statementPart(chain, bob, 'p', { key: carol.key });
    expect(chain.apply(bob, submitAttestation(chain, 'p', foreign))).toBe('attestation_binding');
    const other = statementPart(chain, bob, 'q');
    expect(chain.apply(bob, submitAttestation(chain, 'p', other))).toBe('attestation_signature');
    const old = statementPart(chain, bob, 'p', { timestamp: NOW - 7_200 });
    expect(chain.apply(bob, submitAttestation(chain, 'p', old))).toBe('attestation_expired');
  });
});

describe('evidence counts once, for one operator, chain, moment and device', () => {
  it('takes nonces of recent blocks, each once', () => {
    const chain = served({}, { attestationTimeout: '9s' });
    const operation = snpAttestation(chain, bob, 'p');
    chain.must(bob, operation);
    refuses(chain, 'attestation_nonce', bob, operation);
    const { report } = operation.processors[0] ?? { report: new Uint8Array() };
    const { key } = makeSnp();
    const raw = key.signRaw(report.slice(0, 0x2a0));
    const other = withSignature(report, flipS(raw, key.order));
    const processors = operation.processors.map((part) => ({ ...part, report: other }));
    expect(chain.apply(bob, { ...operation, processors })).toBe('attestation_nonce');
    const early = snpAttestation(chain, bob, 'p');
    chain.mine();
    chain.mine();
    const late = snpAttestation(chain, bob, 'p');
    chain.must(bob, early);
    const stale = snpAttestation(chain, bob, 'p');
    for (let i = 0; i < 3; i++) chain.mine();
    refuses(chain, 'attestation_nonce', bob, stale);
    expect(chain.apply(bob, late)).toBe('attestation_nonce');
    expect(chain.apply(bob, { ...stale, nonceHeight: chain.height + 5 })).toBe('attestation_nonce');
  });

  it('refuses evidence of other operators, chains and blocks', () => {
    const chain = served();
    const cases = [
      { operator: carol.address },
      { chainId: 7n },
      { blockId: new Uint8Array(32) },
      { sessionKey: carol.address },
    ];
    for (const request of cases) {
      const operation = { ...snpAttestation(chain, bob, 'p', request), sessionKey: new Uint8Array(20) };
      expect(chain.apply(bob, operation)).toBe('attestation_nonce');
    }
    refuses(chain, 'forbidden', carol, snpAttestation(chain, carol, 'p'));
  });

  it('gives a device to one provider, until its attestation ends or its provider leaves', () => {
    const chain = served({ lifetimeSeconds: 20 });
    chain.must(carol, registerProvider(carol, 'q'));
    chain.must(bob, snpAttestation(chain, bob, 'p', {}, chip(1)));
    chain.mine();
    refuses(chain, 'attestation_device_in_use', carol, {
      ...snpAttestation(chain, carol, 'q', {}, chip(1)),
    });
    chain.must(carol, snpAttestation(chain, carol, 'q', {}, chip(2)));
    // Another device takes the place of the first one, which is free at once.
    chain.must(bob, snpAttestation(chain, bob, 'p', {}, chip(3)));
    chain.must(carol, snpAttestation(chain, carol, 'q', {}, chip(1)));
    // Time frees the third.
    for (let i = 0; i < 20; i++) chain.mine();
    expect(live(chain, 'p')).toBeUndefined();
    chain.must(carol, snpAttestation(chain, carol, 'q', {}, chip(3)));
    // So does leaving.
    chain.must(carol, { kind: 'beginUnbond', id: 'q' });
    for (let i = 0; i < 12; i++) chain.mine();
    chain.must(bob, snpAttestation(chain, bob, 'p', {}, chip(4)));
    chain.must(carol, { kind: 'withdrawBond', id: 'q' });
    expect(readProviderAttestation(chain.state, 'q')).toBeUndefined();
    chain.must(bob, snpAttestation(chain, bob, 'p', {}, chip(3)));
  });

  it("lets an operator's own chip go on from a provider that it never registered", () => {
    const chain = served();
    chain.must(carol, registerProvider(carol, 'q'));
    chain.must(bob, snpAttestation(chain, bob, 'not-yet', {}, chip(1)));
    // Nobody else's, while it waits.
    refuses(chain, 'attestation_device_in_use', carol, snpAttestation(chain, carol, 'q', {}, chip(1)));
    chain.must(bob, snpAttestation(chain, bob, 'p', {}, chip(1)));
    expect(live(chain, 'p')).toBeDefined();
    // What waited is over, so that the chip does not count for a second provider.
    expect(readWaitingAttestation(chain.state, bob.address)).toBeUndefined();
    chain.must(bob, registerProvider(bob, 'not-yet'));
    expect(live(chain, 'not-yet')).toBeUndefined();
    chain.mine();
    const second = snpAttestation(chain, bob, 'not-yet', {}, chip(1));
    refuses(chain, 'attestation_device_in_use', bob, second);
  });

  it('refuses one device twice, and other parts than hardware or a statement', () => {
    const chain = served({ nvidia: { requiresRim: false } });
    const twice = submitAttestation(chain, 'p', gpuPart(chain, bob, ['a', 'a']));
    expect(chain.apply(bob, twice)).toBe('attestation_device_in_use');
    const table: readonly (readonly [string, Partial<ReturnType<typeof snpAttestation>>])[] = [
      ['attestation_malformed', {}],
      ['attestation_malformed', { ...snpPart(chain, bob), ...statementPart(chain, bob, 'p') }],
      ['attestation_malformed', { processors: [{ kind: 9, report: new Uint8Array(9), chain: [] }] }],
      ['attestation_malformed', { processors: [{ kind: 2, report: new Uint8Array(9), chain: [] }] }],
      ['attestation_collateral_missing', { lists: [{ slot: new Uint8Array(32), size: 1 }] }],
    ];
    for (const [code, parts] of table) {
      const fresh = code === 'attestation_collateral_missing' ? snpPart(chain, bob) : {};
      refuses(chain, code, bob, submitAttestation(chain, 'p', { ...fresh, ...parts }));
    }
  });
});

describe('policy of the chain', () => {
  const table: readonly (readonly [string, Record<string, unknown>, Parameters<typeof makeSnp>[0]])[] = [
    ['attestation_policy', { kinds: ['tdx'] }, {}],
    ['attestation_measurement', { measurements: [{ kind: 'snp', measurement: '00'.repeat(48) }] }, {}],
    ['attestation_debug', {}, { guestPolicy: 0xb0000n }],
    ['attestation_tcb', { snp: { tcbMin: { Genoa: { snp: 200 } } } }, {}],
    ['attestation_collateral_missing', { requiresRevocationLists: true }, {}],
    ['attestation_expired', {}, { leaf: { until: NOW - 1 } }],
    ['attestation_binding', {}, { reportedTcb: [9, 9, 9, 9, 9] }],
  ];
  it.each(table)('%s', (code, policy, options) => {
    const chain = served(policy);
    refuses(chain, code, bob, snpAttestation(chain, bob, 'p', {}, options));
  });

  it('names roots: without the test roots nothing synthetic counts', () => {
    const chain = new TestChain({ timestamp: NOW }, people);
    expect(readAttestationPolicy(chain.state)).toEqual(DEFAULT_ATTESTATION_POLICY);
    chain.must(bob, registerProvider(bob, 'p'));
    refuses(chain, 'attestation_chain', bob, snpAttestation(chain, bob, 'p'));
  });
});

describe('registration where attestation is required', () => {
  const required = { requireTEEAttestation: true, minTrustScore: 70 };

  it('takes the attestation that the operator made before, and draws only those who hold one', () => {
    const chain = openChain({ lifetimeSeconds: 30 }, required);
    refuses(chain, 'attestation_refused', bob, registerProvider(bob, 'p'));
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    expect(live(chain, 'p')).toBeUndefined();
    expect(readWaitingAttestation(chain.state, bob.address)?.provider).toBe('p');
    refuses(chain, 'attestation_refused', bob, registerProvider(bob, 'q'));
    refuses(chain, 'attestation_refused', carol, registerProvider(carol, 'p'));
    chain.must(bob, registerProvider(bob, 'p'));
    expect(live(chain, 'p')).toMatchObject({ score: 70, provider: 'p' });
    expect(readWaitingAttestation(chain.state, bob.address)).toBeUndefined();
    complete(chain, 't');
    while (live(chain, 'p') !== undefined) chain.mine();
    chain.must(alice, submitTask('u'));
    chain.mine();
    chain.mine();
    expect(taskOf(chain, 'u').assignedTo).toBe('');
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    chain.mine();
    expect(taskOf(chain, 'u').assignedTo).toBe('p');
  });

  it('asks for hardware: no statement of an operator meets it, however low the score', () => {
    const chain = openChain({}, { requireTEEAttestation: true, minTrustScore: 50 });
    chain.must(bob, submitAttestation(chain, 'p', statementPart(chain, bob, 'p')));
    expect(readWaitingAttestation(chain.state, bob.address)?.score).toBe(60);
    refuses(chain, 'attestation_refused', bob, registerProvider(bob, 'p'));
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    chain.must(bob, registerProvider(bob, 'p'));
    // A statement takes the place of the evidence: no more tasks.
    chain.must(bob, submitAttestation(chain, 'p', statementPart(chain, bob, 'p')));
    chain.must(alice, submitTask('t'));
    chain.mine();
    chain.mine();
    expect(taskOf(chain, 't').assignedTo).toBe('');
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    chain.mine();
    expect(taskOf(chain, 't').assignedTo).toBe('p');
  });

  it('refuses a score below the floor, and evidence that has ended', () => {
    const chain = openChain({ lifetimeSeconds: 5 }, required);
    chain.must(bob, submitAttestation(chain, 'p', statementPart(chain, bob, 'p')));
    refuses(chain, 'attestation_refused', bob, registerProvider(bob, 'p'));
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    for (let i = 0; i < 6; i++) chain.mine();
    refuses(chain, 'attestation_refused', bob, registerProvider(bob, 'p'));
  });
});

describe('what follows from an attestation', () => {
  it('is the GPU model of receipts and the hardware bonus; words of the provider are neither', () => {
    const [declared, attested] = [false, true].map((isAttested) => {
      const chain = openChain({ nvidia: { requiresRim: false } });
      const gpu = {
        model: 'B200',
        memoryGb: 80,
        tflops: '',
        available: true,
        temperature: '',
        utilization: '',
      };
      chain.must(bob, registerProvider(bob, 'p', { gpus: [gpu] }));
      if (isAttested) chain.must(bob, submitAttestation(chain, 'p', gpuPart(chain, bob)));
      complete(chain, 't');
      return { receipt: chain.last.receipts[0]?.receipt, reward: readChain(chain.state).epochReward };
    });
    expect(declared?.receipt?.gpuModel).toBe('');
    expect(attested?.receipt?.gpuModel).toBe('GH100');
    // 100 + 15 + 5 against 100 + 1 + 5 of 135.
    const burned = ((declared?.reward ?? 0n) * 135n) / 106n;
    expect(attested?.reward).toBeGreaterThanOrEqual((burned * 120n) / 135n - 1n);
    expect(attested?.reward).toBeGreaterThan(declared?.reward ?? 0n);
  });

  it('reaches the kernels once a provider and epoch, and leaves their table when it ends', () => {
    const chain = served({ lifetimeSeconds: 100 }, { epochDuration: '60s' });
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    expect(readChain(chain.state)).toMatchObject({ attestationOps: 1, attestationsApplied: 0 });
    const { quoteDigest, measurement } = live(chain, 'p') ?? {};
    expect(measurement).toHaveLength(48);
    // Applied before its second one, which the table takes in another epoch at the earliest.
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    expect(readChain(chain.state)).toMatchObject({ attestationOps: 0, attestationsApplied: 1 });
    expect(live(chain, 'p')?.quoteDigest).not.toEqual(quoteDigest);
    chain.mine([], 60);
    expect(readChain(chain.state)).toMatchObject({
      attestationOps: 0,
      attestationsApplied: 0,
      attestationSlots: 64,
      attestationEntries: 1,
    });
    const page = chain.state.get(stateKeys.tablePage(0, 0)) ?? new Uint8Array();
    const occupied = Array.from({ length: 64 }, (_, i) => Attestation.at(page, i)).filter(
      ({ Occupied }) => Occupied === 1,
    );
    expect(occupied.map(({ TEEQuoteDigest }) => TEEQuoteDigest)).toEqual([quoteDigest]);
    expect(occupied[0]).toMatchObject({ Kind: 2, Status: 2 });
    chain.mine([], 60);
    const later = chain.state.get(stateKeys.tablePage(0, 0)) ?? new Uint8Array();
    const expired = Array.from({ length: 64 }, (_, i) => Attestation.at(later, i).Status);
    expect(expired.filter((status) => status !== 0)).toEqual([6]);
  });
});
