import { type BytesView, viewBytes } from '../bytes-view.ts';

/** Bytes of an enclave report, which is the body of an SGX quote and what the quoting enclave says of itself. */
export const ENCLAVE_REPORT_BYTES = 384;
/** Bytes of a TD report body, version 1.0 and 1.5. */
export const TD_BODY_BYTES = { '1.0': 584, '1.5': 648 } as const;

/** An SGX enclave report. */
export interface EnclaveReport {
  readonly type: 'enclave';
  readonly miscSelect: Uint8Array;
  readonly attributes: Uint8Array;
  readonly measurement: Uint8Array;
  readonly signer: Uint8Array;
  readonly productId: number;
  readonly securityVersion: number;
  readonly reportData: Uint8Array;
}

/** A trust domain's report. */
export interface TdReport {
  readonly type: 'td';
  readonly version: keyof typeof TD_BODY_BYTES;
  /** Security versions of module, loader and microcode: 16 bytes. */
  readonly teeTcbSvn: Uint8Array;
  readonly seamSigner: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly attributes: Uint8Array;
  readonly measurement: Uint8Array;
  readonly registers: readonly Uint8Array[];
  /** Processor state that the TD uses: 8 bytes of bits. */
  readonly xfam: Uint8Array;
  /** MRCONFIGID, MROWNER, MROWNERCONFIG: what the host names, and nothing measures. */
  readonly configId: Uint8Array;
  readonly owner: Uint8Array;
  readonly ownerConfig: Uint8Array;
  readonly reportData: Uint8Array;
  /** MRSERVICETD; undefined before version 1.5. */
  readonly serviceTd: Uint8Array | undefined;
}

const RTMR_OFFSETS = [328, 376, 424, 472];

/** Reads the 384 bytes of an enclave report. */
export function readEnclaveReport(bytes: Uint8Array): EnclaveReport {
  const view: BytesView = viewBytes(bytes, 'enclave report');
  return {
    type: 'enclave',
    miscSelect: view.slice(16, 4),
    attributes: view.slice(48, 16),
    measurement: view.slice(64, 32),
    signer: view.slice(128, 32),
    productId: view.u16(256),
    securityVersion: view.u16(258),
    reportData: view.slice(320, 64),
  };
}

/** Reads a TD report body of 584 or 648 bytes. */
export function readTdReport(bytes: Uint8Array, version: TdReport['version']): TdReport {
  const view = viewBytes(bytes, 'TD report');
  return {
    type: 'td',
    version,
    teeTcbSvn: view.slice(0, 16),
    seamSigner: view.slice(64, 48),
    seamAttributes: view.slice(112, 8),
    attributes: view.slice(120, 8),
    measurement: view.slice(136, 48),
    registers: RTMR_OFFSETS.map((offset) => view.slice(offset, 48)),
    xfam: view.slice(128, 8),
    configId: view.slice(184, 48),
    owner: view.slice(232, 48),
    ownerConfig: view.slice(280, 48),
    reportData: view.slice(520, 64),
    serviceTd: version === '1.5' ? view.slice(600, 48) : undefined,
  };
}
