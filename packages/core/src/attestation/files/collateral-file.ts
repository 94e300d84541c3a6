import { hexToBytes } from '../../bytes/hex.ts';
import { asList, asText, bytesToJsonRecord, type JsonRecord, textToUtf8 } from '../encoding/json.ts';
import type { IntelCollateral, SignedDocument } from '../intel/collateral.ts';
import type { AttestationKind } from '../kinds.ts';
import { expect, refuse } from '../refusal.ts';
import type { AttestationCollateral } from '../verify-attestation.ts';
import { pemToCertificates } from '../x509/pem.ts';
import { asAsciiText, decodeBinary, decodePercent, textToBytes } from './decode.ts';

function textMember(record: JsonRecord, member: string): string {
  const value = record[member];
  if (value === undefined || value === '') refuse('collateral_missing', `collateral: ${member} is missing`);
  return asText(value, member);
}

function bytesMember(record: JsonRecord, member: string): Uint8Array {
  return textToBytes(textMember(record, member)) ?? refuse('malformed', `${member}: neither hex nor base64`);
}

/** A whole answer of Intel's service: the signed document, byte for byte, and its signature. */
const ANSWER =
  /^\s*\{\s*"(?:tcbInfo|enclaveIdentity)"\s*:\s*(\{[\s\S]*\})\s*,\s*"signature"\s*:\s*"([0-9a-fA-F]{128})"\s*\}\s*$/;

function documentOf(record: JsonRecord, name: string): SignedDocument {
  const text = textMember(record, name);
  const [, document, signature] = ANSWER.exec(text) ?? [];
  const issuers = `${name}_issuer_chain`;
  return {
    bytes: textToUtf8(document ?? text, name),
    signature:
      signature === undefined
        ? bytesMember(record, `${name}_signature`)
        : hexToBytes(signature.toLowerCase()),
    chain: pemToCertificates(decodePercent(textMember(record, issuers)), issuers),
  };
}

/** Says what is missing where somebody hands in one answer of Intel's service in the place of all. */
function assertWhole(record: JsonRecord): void {
  const [answer] = ['tcbInfo', 'enclaveIdentity'].filter((name) => record[name] !== undefined);
  expect(
    answer === undefined || record.tcb_info !== undefined,
    'collateral_missing',
    `collateral: this is one answer of Intel's service (${answer}); the file has "tcb_info", "qe_identity" (such answers as text), their "…_issuer_chain" (headers), "pck_crl" and "root_ca_crl"`,
  );
}

/**
 * Intel's collateral out of the JSON in which it is exchanged: documents as text exactly as signed, lists and
 * signatures in hex or base64, chains in PEM. The issuer chain of the platform list is not read: the list must be
 * by the very authority that is in the quote.
 */
export function readIntelCollateral(file: Uint8Array): IntelCollateral {
  const record = bytesToJsonRecord(file, 'collateral');
  assertWhole(record);
  return {
    rootList: bytesMember(record, 'root_ca_crl'),
    platformList: bytesMember(record, 'pck_crl'),
    tcbInfo: documentOf(record, 'tcb_info'),
    enclaveIdentity: documentOf(record, 'qe_identity'),
  };
}

/** Revocation lists: one list (DER, hex, base64), or JSON with a list of hex or base64 texts under "crls". */
function readLists(file: Uint8Array): readonly Uint8Array[] {
  if (asAsciiText(file)?.startsWith('{') !== true) return [decodeBinary(file, 'collateral')];
  return asList(bytesToJsonRecord(file, 'collateral').crls, 'crls').map(
    (list) => textToBytes(asText(list, 'crls')) ?? refuse('malformed', 'crls: neither hex nor base64'),
  );
}

/** The collateral of a kind out of its files. */
export function readCollateralFile(
  kind: AttestationKind,
  file: Uint8Array | undefined,
  rims: readonly Uint8Array[],
): AttestationCollateral {
  expect(kind === 'nvidia' || rims.length === 0, 'malformed', 'reference manifests are for GPUs');
  if (file === undefined) return { rims };
  return kind === 'sgx' || kind === 'tdx'
    ? { intel: readIntelCollateral(file) }
    : { lists: readLists(file), rims };
}
