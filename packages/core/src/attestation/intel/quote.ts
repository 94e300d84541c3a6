import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { hexToBytes } from '../../bytes/hex.ts';
import { bytesToUtf8 } from '../../bytes/utf8.ts';
import { type BytesView, viewBytes } from '../bytes-view.ts';
import { expect, refuse } from '../refusal.ts';
import { pemToCertificates } from '../x509/pem.ts';
import {
  ENCLAVE_REPORT_BYTES,
  type EnclaveReport,
  readEnclaveReport,
  readTdReport,
  TD_BODY_BYTES,
  type TdReport,
} from './quote-body.ts';

/** A DCAP quote, read but not yet believed. */
export interface IntelQuote {
  readonly kind: 'sgx' | 'tdx';
  readonly body: EnclaveReport | TdReport;
  /** Header and body: what the attestation key signed. */
  readonly signedBytes: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
  /** x ‖ y, 64 bytes. */
  readonly attestationKey: Uint8Array;
  readonly qeReport: Uint8Array;
  readonly qeSignature: Uint8Array;
  readonly qeAuthData: Uint8Array;
  /** DER, leaf first, as the quote carries them. */
  readonly certificates: readonly Uint8Array[];
  /** Whether anything but zeros follows the quote. */
  readonly hasTrailingBytes: boolean;
}

const HEADER_BYTES = 48;
const KEY_TYPE_ECDSA_P256 = 2;
const TEE_SGX = 0;
const TEE_TDX = 0x81;
const QE_VENDOR = hexToBytes('939a7233f79c4ca9940a0db3957f0607');
const CERTIFICATION_PEM_CHAIN = 5;
const CERTIFICATION_QE_REPORT = 6;

interface Body {
  readonly report: EnclaveReport | TdReport;
  readonly end: number;
}

function readBody(view: BytesView, version: number, teeType: number): Body {
  if (version === 5) {
    const type = view.u16(HEADER_BYTES);
    const size = view.u32(HEADER_BYTES + 2);
    const start = HEADER_BYTES + 6;
    const expected = [ENCLAVE_REPORT_BYTES, TD_BODY_BYTES['1.0'], TD_BODY_BYTES['1.5']][type - 1];
    expect(expected !== undefined, 'unsupported', `quote: body type ${type}`);
    expect(size === expected, 'malformed', `quote: body of ${size} bytes`);
    expect((type === 1) === (teeType === TEE_SGX), 'malformed', 'quote: body of another environment');
    const bytes = view.slice(start, size);
    const report = type === 1 ? readEnclaveReport(bytes) : readTdReport(bytes, type === 2 ? '1.0' : '1.5');
    return { report, end: start + size };
  }
  const isSgx = teeType === TEE_SGX;
  expect(isSgx || version === 4, 'unsupported', 'quote: version 3 is for SGX');
  const size = isSgx ? ENCLAVE_REPORT_BYTES : TD_BODY_BYTES['1.0'];
  const bytes = view.slice(HEADER_BYTES, size);
  return { report: isSgx ? readEnclaveReport(bytes) : readTdReport(bytes, '1.0'), end: HEADER_BYTES + size };
}

/** Takes consecutive fields; every length is checked against what is left. */
function createTaker(bytes: Uint8Array, name: string) {
  const view = viewBytes(bytes, name);
  let offset = 0;
  const take = (size: number): Uint8Array => {
    const field = view.slice(offset, size);
    offset += size;
    return field;
  };
  return {
    take,
    u16: (): number => viewBytes(take(2), name).u16(0),
    u32: (): number => viewBytes(take(4), name).u32(0),
    end: (): void => expect(offset === bytes.length, 'malformed', `${name}: bytes left over`),
  };
}

type CertificationData = Pick<IntelQuote, 'qeReport' | 'qeSignature' | 'qeAuthData' | 'certificates'>;

function readCertification(taker: ReturnType<typeof createTaker>): CertificationData {
  const qeReport = taker.take(ENCLAVE_REPORT_BYTES);
  const qeSignature = taker.take(64);
  const qeAuthData = taker.take(taker.u16());
  const type = taker.u16();
  expect(type === CERTIFICATION_PEM_CHAIN, 'unsupported', `quote: certification data of type ${type}`);
  const pem = taker.take(taker.u32());
  taker.end();
  const text = bytesToUtf8(pem) ?? refuse('malformed', 'PCK chain: not text');
  return { qeReport, qeSignature, qeAuthData, certificates: pemToCertificates(text, 'PCK chain') };
}

type SignatureData = CertificationData & Pick<IntelQuote, 'signature' | 'attestationKey'>;

function readSignatureData(bytes: Uint8Array, version: number): SignatureData {
  const taker = createTaker(bytes, 'quote signature');
  const signature = taker.take(64);
  const attestationKey = taker.take(64);
  if (version === 3) return { signature, attestationKey, ...readCertification(taker) };
  const type = taker.u16();
  expect(type === CERTIFICATION_QE_REPORT, 'unsupported', `quote: certification data of type ${type}`);
  const inner = taker.take(taker.u32());
  taker.end();
  return { signature, attestationKey, ...readCertification(createTaker(inner, 'quote certification')) };
}

/**
 * Reads a quote of version 3, 4 or 5. Zeros behind it are allowed, because real quotes are padded; anything else is
 * noted for refusal after the signed part was judged, since it cannot change what that part says.
 */
export function parseIntelQuote(bytes: Uint8Array): IntelQuote {
  const view = viewBytes(bytes, 'quote');
  const version = view.u16(0);
  expect(version >= 3 && version <= 5, 'unsupported', `quote version ${version}`);
  expect(view.u16(2) === KEY_TYPE_ECDSA_P256, 'unsupported', 'quote: attestation key type');
  const teeType = view.u32(4);
  if (teeType !== TEE_SGX && teeType !== TEE_TDX) refuse('unsupported', `quote: environment ${teeType}`);
  expect(equalBytes(view.slice(12, 16), QE_VENDOR), 'unsupported', 'quote: vendor of the quoting enclave');
  const { report, end } = readBody(view, version, teeType);
  const size = view.u32(end);
  const signatureData = readSignatureData(view.slice(end + 4, size), version);
  return {
    kind: teeType === TEE_SGX ? 'sgx' : 'tdx',
    body: report,
    signedBytes: bytes.subarray(0, end),
    ...signatureData,
    hasTrailingBytes: !isZeroBytes(bytes.subarray(end + 4 + size)),
  };
}
