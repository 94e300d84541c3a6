import { readEvidenceFile, verifyEvidenceFiles } from '@aivm/core/attestation';
import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { makeGpu, makeIntel, makeSnp, NOW, TEST_POLICY, toPem } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

type Parameters_ = Parameters<typeof verifyEvidenceFiles>[0];
const verify = (parameters: Omit<Parameters_, 'now' | 'policy'>) =>
  verifyEvidenceFiles({ now: NOW, policy: TEST_POLICY, ...parameters });
const json = (value: unknown): Uint8Array => utf8ToBytes(JSON.stringify(value));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const base64url = (bytes: Uint8Array): Uint8Array => utf8ToBytes(Buffer.from(bytes).toString('base64url'));

const tdx = makeIntel();
const quote = (tdx.evidence as { readonly quote: Uint8Array }).quote;
const snp = makeSnp().evidence;
const chain = [utf8ToBytes(toPem(snp.chain))];

describe('quotes', () => {
  it.each<readonly [name: string, evidence: Uint8Array]>([
    ['binary', quote],
    ['base64url', base64url(quote)],
    ['padded base64url', utf8ToBytes(base64(quote).replaceAll('+', '-').replaceAll('/', '_'))],
    ['JSON of dstack', json({ quote: hex(quote), event_log: '[]', report_data: '00' })],
    ['JSON of an attester', json({ cc_eventlog: 'AAAA', quote: base64(quote) })],
  ])('%s', (_name, evidence) => {
    expect(verify({ kind: 'tdx', evidence, collateral: tdx.file })).toMatchObject({
      code: 'ok',
      detail: null,
    });
  });

  it('come with whole answers of the service, and percent-encoded chains', () => {
    const file = JSON.parse(new TextDecoder().decode(tdx.file)) as Record<string, string>;
    const { tcb_info, tcb_info_signature, qe_identity, qe_identity_signature, ...rest } = file;
    const collateral = json({
      ...rest,
      tcb_info: `{"tcbInfo":${tcb_info},"signature":"${tcb_info_signature}"}`,
      qe_identity: `{"enclaveIdentity":${qe_identity},"signature":"${qe_identity_signature}"}`,
      tcb_info_issuer_chain: encodeURIComponent(rest.tcb_info_issuer_chain ?? ''),
    });
    expect(verify({ kind: 'tdx', evidence: quote, collateral }).code).toBe('ok');
    const alone = utf8ToBytes(`{"tcbInfo":${tcb_info},"signature":"${tcb_info_signature}"}`);
    const { code, detail } = verify({ kind: 'tdx', evidence: quote, collateral: alone });
    expect([code, detail]).toEqual(['collateral_missing', expect.stringContaining('qe_identity')]);
  });
});

describe('SNP reports', () => {
  const entry = (guid: string, offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(24);
    bytes.set(Buffer.from(guid, 'hex'));
    new DataView(bytes.buffer).setUint32(16, offset, true);
    new DataView(bytes.buffer).setUint32(20, length, true);
    return bytes;
  };
  const [leaf, authority, root] = snp.chain as [Uint8Array, Uint8Array, Uint8Array];
  const table = concatBytes(
    entry('63da758de6644564adc5f4b93be8accd', 96, leaf.length),
    entry('4ab7b379bbac4fe4a02f05aef327c782', 96 + leaf.length, authority.length),
    entry('c0b406a4a803495297433fb6014cd0ae', 96 + leaf.length + authority.length, root.length),
    new Uint8Array(24),
    ...[leaf, authority, root],
  );
  const azure = concatBytes(
    utf8ToBytes('HCLA'),
    new Uint8Array(28),
    snp.report,
    new Uint8Array(1_384).fill(0x7b),
  );

  it.each<readonly [name: string, evidence: Uint8Array, chain: readonly Uint8Array[]]>([
    ["Azure's blob", azure, chain],
    ["Azure's blob in base64url", base64url(azure), chain],
    ['report and certificate table', concatBytes(snp.report, table), []],
    ['percent-encoded chain', snp.report, [utf8ToBytes(encodeURIComponent(toPem(snp.chain)))]],
    ['JSON', json({ attestation_report: base64(snp.report) }), chain],
  ])('%s', (_name, evidence, given) => {
    expect(verify({ kind: 'snp', evidence, chain: given })).toMatchObject({ code: 'ok' });
  });

  it('say how to cut them out, and why fields are no report', () => {
    const long = verify({ kind: 'snp', evidence: concatBytes(snp.report, new Uint8Array(9).fill(1)), chain });
    expect(long).toMatchObject({ code: 'malformed', detail: expect.stringContaining('byte 32') });
    const fields = verify({ kind: 'snp', evidence: json({ attestation_report: { version: 2 } }), chain });
    expect(fields).toMatchObject({ code: 'unsupported', detail: expect.stringContaining('bytes') });
    const other = verify({ kind: 'snp', evidence: json({ nothing: 1 }), chain });
    expect(other).toMatchObject({ code: 'malformed', detail: expect.stringContaining('attestation_report') });
  });
});

describe('GPUs', () => {
  it("are read out of Python's wrapping", () => {
    const { gpu } = makeGpu();
    const pem = utf8ToBytes(toPem(gpu.chain));
    const wrapped = json([
      { evidence: { 'py/b64': base64(gpu.report) }, certificate: { 'py/b64': base64(pem) } },
    ]);
    expect(readEvidenceFile('nvidia', wrapped, [])).toEqual({ kind: 'nvidia', gpus: [gpu] });
  });

  it('are no switches, whatever the report of a switch looks like', () => {
    const { gpu } = makeGpu({
      deviceName: 'NVIDIA:LS10:0123456789ABCDEF',
      measurements: Array.from({ length: 31 }, () => new Uint8Array(48)),
    });
    const evidence = json([{ evidence: base64(gpu.report), certificate: toPem(gpu.chain) }]);
    const { code, detail } = verify({ kind: 'nvidia', evidence });
    expect([code, detail]).toEqual(['not_a_gpu', 'the device is a LS10']);
  });
});
