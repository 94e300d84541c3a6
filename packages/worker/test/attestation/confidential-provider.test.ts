import { KIND_NUMBER } from '@aivm/core/attestation';
import {
  CollateralKind,
  liveAttestation,
  readTask,
  readWaitingAttestation,
  Settlement,
} from '@aivm/core/state';
import { type Client, createClient } from '@aivm/sdk';
import { makeList, makeSnp, makeSnpIssuers, pinCertificate } from '@aivm/test-authority';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAttestor } from '../../src/attestation/attestor.ts';
import {
  createAttestationNode,
  createInt8Backend,
  createProcessorSource,
  type ProviderEvent,
  runProvider,
} from '../../src/index.ts';
import {
  createTestChain,
  readTransactions,
  type TestChain,
  until,
  WINDOW_BLOCKS,
} from '../support/test-chain.ts';
import { createFakeTsm, type FakeTsm } from './fake-tsm.ts';
import { certificateTable, GUID } from './host-table.ts';

const DAY = 86_400;
const TEE = 2;
const DIRECTORY = '/kernel/report';
const now = (): number => Math.floor(Date.now() / 1_000);
const validity = { from: now() - DAY, until: now() + DAY };
const issuers = makeSnpIssuers(validity);
const backend = createInt8Backend({ nowMs: () => performance.now() });
const IDENTITY = { id: 'p-1', endpoint: '', gpus: [], models: [], pollMs: 20, stopTimeoutMs: 1_000 };

describe('a provider in a confidential VM', () => {
  let chain: TestChain;
  let tsm: FakeTsm;
  let client: Client;
  let stop: AbortController;
  let events: ProviderEvent[];

  beforeEach(async () => {
    chain = await createTestChain({
      config: { verificationMode: TEE },
      attestation: {
        testRoots: [pinCertificate('amd-genoa', issuers.root)],
        policy: { measurements: [{ kind: 'snp', measurement: '4d'.repeat(48) }] },
      },
    });
    client = createClient({ url: chain.node.http?.url ?? '' });
    stop = new AbortController();
    events = [];
    const made = (reportData: Uint8Array) => makeSnp({ reportData, issuers, leaf: validity }).evidence;
    const [leaf, authority, root] = made(new Uint8Array(64)).chain as [Uint8Array, Uint8Array, Uint8Array];
    tsm = createFakeTsm({
      directory: DIRECTORY,
      provider: 'sev_guest',
      report: (reportData) => made(reportData).report,
      auxiliary: certificateTable([
        [GUID.vcek, leaf],
        [GUID.ask, authority],
        [GUID.ark, root],
      ]),
    });
  });
  afterEach(async () => {
    stop.abort();
    await chain.close();
  });

  const source = (kind: 'snp' | 'tdx' = 'snp') =>
    createProcessorSource({ kind, name: 'p-1', tsmDirectory: DIRECTORY, tsmFiles: tsm });
  const attestationOf = () => liveAttestation(chain.node.api.state(), 'p-1', now());
  const start = (kind?: 'snp' | 'tdx') =>
    runProvider(
      { ...IDENTITY, wallet: chain.senderOf(1).address },
      {
        node: chain.workerNode,
        sender: chain.senderOf(1),
        backend,
        report: (event) => events.push(event),
        attestation: { source: source(kind), node: createAttestationNode(client) },
      },
      stop.signal,
    );
  const finalTask = async () => {
    await chain.submit(['t']);
    await until(() => readTask(chain.node.api.state(), 't')?.settlement === Settlement.final);
    return readTask(chain.node.api.state(), 't');
  };

  it("attests with the kernel's report and signs answers that are usable at once", async () => {
    const run = start();
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    expect(attestationOf()).toMatchObject({ kind: KIND_NUMBER.snp, score: 70, cpuTee: true, hardware: true });
    await chain.submit(['u']);
    await until(() => readTask(chain.node.api.state(), 'u')?.settlement === Settlement.posted);
    expect((await client.getTask('u')).usable).toBe(true);
    const { postedAtHeight = 0, finalAtHeight = 0 } = readTask(chain.node.api.state(), 'u') ?? {};
    expect(finalAtHeight - postedAtHeight).toBe((WINDOW_BLOCKS * 130) / 200);
    stop.abort();
    await run;
    expect(events.map(({ kind }) => kind).slice(0, 2)).toEqual(['attested', 'registered']);
  });

  it('works on with the full window where its evidence is of another machine than it says', async () => {
    const run = start('tdx');
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    const task = await finalTask();
    expect((task?.finalAtHeight ?? 0) - (task?.postedAtHeight ?? 0)).toBe(WINDOW_BLOCKS);
    expect(attestationOf()).toBeUndefined();
    stop.abort();
    await run;
    const [first] = events;
    expect(first).toMatchObject({ kind: 'unattested', code: '' });
    expect(JSON.stringify(first)).toContain('this machine reports as sev_guest, not as tdx');
  });

  it('renews before the attestation ends, with the same key and a fresh report', async () => {
    let clock = now();
    const attestor = createAttestor({
      provider: 'p-1',
      node: createAttestationNode(client),
      sender: chain.senderOf(1),
      source: source(),
      report: (event) => events.push(event),
      now: () => clock,
      checkMs: 10,
    });
    const answer = { taskId: 't', attempt: 1, outputHash: new Uint8Array(32) };
    expect(attestor.sign(answer)).toHaveLength(0);
    await attestor.attest(stop.signal);
    expect(attestor.sign(answer)).toHaveLength(65);
    const attested = () => events.filter((event) => event.kind === 'attested');
    const [first] = attested();
    const signature = attestor.sign(answer);
    const keeping = attestor.keep(stop.signal);
    clock += Math.floor(((first?.validUntil ?? 0) - clock) / 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(attested()).toHaveLength(1);
    clock += Math.ceil(((first?.validUntil ?? 0) - clock) / 2);
    await until(() => attested().length >= 2);
    stop.abort();
    await keeping;
    expect(tsm.requests.length).toBeGreaterThanOrEqual(2);
    expect(tsm.requests[0]).not.toEqual(tsm.requests[1]);
    clock = now();
    expect(attestor.sign(answer)).toEqual(signature);
  });

  it('is not late where an attestation lives shorter than the pace of looking', async () => {
    await chain.close();
    chain = await createTestChain({
      attestation: {
        testRoots: [pinCertificate('amd-genoa', issuers.root)],
        policy: { lifetimeSeconds: 4 },
      },
    });
    client = createClient({ url: chain.node.http?.url ?? '' });
    let renewedAt = 0;
    const attestor = createAttestor({
      provider: 'p-1',
      node: createAttestationNode(client),
      sender: chain.senderOf(1),
      source: source(),
      report: (event) => {
        events.push(event);
        renewedAt = now();
      },
      now,
    });
    await attestor.attest(stop.signal);
    const keeping = attestor.keep(stop.signal);
    await until(() => events.length >= 2, 8_000);
    stop.abort();
    await keeping;
    const [first, second] = events;
    expect([first?.kind, second?.kind]).toEqual(['attested', 'attested']);
    const firstUntil = first?.kind === 'attested' ? first.validUntil : 0;
    expect(renewedAt).toBeLessThanOrEqual(firstUntil);
  });

  it('publishes what the chain lacks before it cites it, and nothing twice', async () => {
    const list = makeList({ issuer: issuers.root, ...validity });
    const document = { documentKind: CollateralKind.revocationList, body: list, chain: [issuers.root.der] };
    const attestor = createAttestor({
      provider: 'p-1',
      node: createAttestationNode(client),
      sender: chain.senderOf(1),
      source: { ...source(), readDocuments: async () => [{ ...document, signature: new Uint8Array(0) }] },
      report: (event) => events.push(event),
      now,
    });
    await attestor.attest(stop.signal);
    await attestor.attest(stop.signal);
    expect(events.map(({ kind }) => kind)).toEqual(['attested', 'attested']);
    const sent = readTransactions(chain.node).map(({ kind, code }) => [kind, code]);
    expect(sent).toEqual([
      ['submitCollateral', ''],
      ['submitAttestation', ''],
      ['submitAttestation', ''],
    ]);
    const waiting = readWaitingAttestation(chain.node.api.state(), chain.senderOf(1).address);
    expect(waiting?.authorities).not.toEqual([]);
    expect(waiting?.authorities).toBeDefined();
  });

  it('answers unsigned, with the full window, when another process has attested the same provider', async () => {
    const run = start();
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    const ownKey = attestationOf()?.sessionKey;
    const other = createAttestor({
      provider: 'p-1',
      node: createAttestationNode(client),
      sender: chain.senderOf(1),
      source: source(),
      report: () => {},
      now,
    });
    await other.attest(stop.signal);
    expect(attestationOf()?.sessionKey).not.toEqual(ownKey);
    for (const id of ['first', 'second']) {
      await chain.submit([id]);
      await until(() => (readTask(chain.node.api.state(), id)?.postedAtHeight ?? 0) > 0);
      const { postedAtHeight = 0, finalAtHeight = 0 } = readTask(chain.node.api.state(), id) ?? {};
      expect(finalAtHeight - postedAtHeight).toBe(WINDOW_BLOCKS);
    }
    stop.abort();
    await run;
    expect(events.filter(({ kind }) => kind === 'skipped')).toEqual([]);
    const told = events.filter((event) => event.kind === 'unattested');
    expect(told.map(({ code }) => code)).toEqual(['bad_signature']);
  });
});
