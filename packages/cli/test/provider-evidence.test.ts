import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CollateralKind, KIND_NUMBER, utf8ToBytes } from '@aivm/core';
import { makeIntel, makeList, makeSnp, toPem } from '@aivm/test-authority';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../src/cli-context.ts';
import { type EvidenceOptions, openEvidenceSource } from '../src/provider-evidence.ts';

const folder = mkdtempSync(join(tmpdir(), 'aivm-evidence-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const snp = makeSnp();
const intel = makeIntel();
const [leaf, authority, root] = snp.evidence.chain as [Uint8Array, Uint8Array, Uint8Array];
const LEAF = file('leaf.der', leaf);
const ISSUERS = file('issuers.pem', toPem([authority, root]));
const LIST = file('list.crl', makeList({ issuer: snp.root }));
const INTEL = file(
  'collateral.json',
  JSON.stringify({
    ...(JSON.parse(Buffer.from(intel.file).toString('utf8')) as object),
    pck_crl_issuer_chain: toPem([intel.authority.der, intel.root.der]),
  }),
);
const GARBAGE = file('garbage', 'this is not it');
const EMPTY = file('empty', '');
const FOLDER = join(folder, 'folder');
mkdirSync(FOLDER);

const open = (options: Partial<EvidenceOptions>) =>
  openEvidenceSource({ reportChain: [], collateral: [], ...options }, 'p-1');
const REQUEST = {
  chainId: 1n,
  provider: 'p-1',
  blockTime: 0,
  bindingOf: () => new Uint8Array(32).fill(7),
};
const { signal } = new AbortController();
const ECHO = 'node -e process.stdout.write(process.argv[1]) {reportDataHex}';

describe('the source of evidence that options describe', () => {
  it('is none without --tee', async () => {
    expect(await open({})).toBeUndefined();
  });

  it.each<[string, Partial<EvidenceOptions>]>([
    ['--report-command', { reportCommand: ECHO }],
    ['--report-chain', { reportChain: [LEAF] }],
    ['--collateral', { collateral: [LIST] }],
    ['--tsm-dir', { tsmDir: folder }],
    ['--tee sgx needs --report-command', { tee: 'sgx' }],
  ])('has no use for the flags alone: %s', async (message, options) => {
    const opening = open(options);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(UsageError);
  });

  it('makes AMD evidence of what the program prints and the certificates in files', async () => {
    const source = await open({ tee: 'snp', reportCommand: ECHO, reportChain: [LEAF, ISSUERS] });
    expect(await source?.makeEvidence(REQUEST, { signal })).toEqual({
      processors: [
        {
          kind: KIND_NUMBER.snp,
          report: utf8ToBytes('07'.repeat(32) + '00'.repeat(32)),
          chain: [leaf, authority, root],
        },
      ],
      gpus: [],
      statements: [],
    });
    expect(await source?.readDocuments?.()).toEqual([]);
  });

  it("reads AMD's list anew for every attestation", async () => {
    const path = file('changing.crl', makeList({ issuer: snp.root }));
    const source = await open({ tee: 'snp', reportChain: [ISSUERS], collateral: [path] });
    const newer = makeList({ issuer: snp.root, revoked: [5] });
    writeFileSync(path, newer);
    expect(await source?.readDocuments?.()).toEqual([
      {
        documentKind: CollateralKind.revocationList,
        body: newer,
        signature: new Uint8Array(0),
        chain: [root],
      },
    ]);
  });

  it("reads Intel's collateral, and leaves certificates to the quote", async () => {
    const source = await open({ tee: 'tdx', reportCommand: ECHO, collateral: [INTEL] });
    const kinds = (await source?.readDocuments?.())?.map(({ documentKind }) => documentKind);
    const { revocationList, tcbInfo, enclaveIdentity } = CollateralKind;
    expect(kinds).toEqual([revocationList, revocationList, tcbInfo, enclaveIdentity]);
    const evidence = await source?.makeEvidence(REQUEST, { signal });
    expect(evidence?.processors[0]).toMatchObject({ kind: KIND_NUMBER.tdx, chain: [] });
  });

  it.each<[string, Partial<EvidenceOptions>, string, string]>([
    ['a chain that is not there', { reportChain: [join(folder, 'no')] }, 'not_found', 'no file at'],
    ['a chain that is a folder', { reportChain: [FOLDER] }, 'not_found', 'folder'],
    ['a chain of words', { reportChain: [LEAF, GARBAGE] }, 'malformed', GARBAGE],
    ['an empty chain', { reportChain: [EMPTY] }, 'malformed', EMPTY],
    ['a list in place of certificates', { reportChain: [LIST] }, 'malformed', LIST],
    ['collateral that is not there', { collateral: [join(folder, 'no')] }, 'not_found', 'no file at'],
    ['collateral of words', { reportChain: [LEAF], collateral: [GARBAGE] }, 'malformed', GARBAGE],
    ['an empty list', { reportChain: [LEAF], collateral: [EMPTY] }, 'malformed', EMPTY],
    ['a certificate for a list', { reportChain: [LEAF], collateral: [LEAF] }, 'malformed', LEAF],
    ["Intel's collateral", { reportChain: [LEAF], collateral: [INTEL] }, 'malformed', INTEL],
    ['a list without its issuer', { collateral: [LIST] }, 'malformed', 'certificate'],
    ["AMD's list for Intel", { tee: 'tdx', collateral: [LIST] }, 'malformed', LIST],
    ['words for Intel', { tee: 'tdx', collateral: [GARBAGE] }, 'malformed', GARBAGE],
  ])('tells at the start of %s', async (_, options, code, message) => {
    await expect(open({ tee: 'snp', ...options })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['a program that is not there', 'aivm-no-such-program', 'aivm-no-such-program'],
    ['a program that may not run', GARBAGE, 'EACCES'],
    ['a program that fails', 'node -e process.exit(1)', 'Command failed'],
    ['a program that prints nothing', 'node -e 0', 'empty report'],
  ])('tells of %s when it is asked', async (_, reportCommand, message) => {
    const source = await open({ tee: 'snp', reportCommand, reportChain: [LEAF, ISSUERS] });
    await expect(source?.makeEvidence(REQUEST, { signal })).rejects.toThrow(message);
  });

  it('needs certificates from somewhere for an AMD report', async () => {
    const source = await open({ tee: 'snp', reportCommand: ECHO });
    await expect(source?.makeEvidence(REQUEST, { signal })).rejects.toThrow('no certificates');
  });
});
