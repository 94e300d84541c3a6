import type { VendorDocument } from '../collateral/vendor-document.ts';
import { asText, bytesToJsonRecord } from '../encoding/json.ts';
import type { AttestationKind } from '../kinds.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { expect } from '../refusal.ts';
import { parseRevocationList } from '../x509/crl.ts';
import { pemToCertificates } from '../x509/pem.ts';
import { readSignedXml } from '../xml/signature.ts';
import { parseXml } from '../xml/tree.ts';
import { pathFromName } from './certificate-path.ts';
import { readCollateralFile, readIntelCollateral } from './collateral-file.ts';
import { decodePercent } from './decode.ts';

const last = (chain: readonly Uint8Array[]): readonly Uint8Array[] => chain.slice(-1);

/** Both lists, the firmware levels and the enclave identity of one collateral file. */
function intelDocuments(file: Uint8Array): readonly VendorDocument[] {
  const { rootList, platformList, tcbInfo, enclaveIdentity } = readIntelCollateral(file);
  const issuers = bytesToJsonRecord(file, 'collateral').pck_crl_issuer_chain;
  const text = decodePercent(asText(issuers ?? '', 'pck_crl_issuer_chain'));
  const chain = pemToCertificates(text, 'pck_crl_issuer_chain');
  return [
    { kind: 'revocationList', list: rootList, chain: last(chain) },
    { kind: 'revocationList', list: platformList, chain },
    { kind: 'tcbInfo', document: tcbInfo },
    { kind: 'enclaveIdentity', document: enclaveIdentity },
  ];
}

/** The issuer of a list and everybody above it. */
function issuersOf(list: Uint8Array, chain: readonly Uint8Array[]): readonly Uint8Array[] {
  // Any bytes can pass for hex or base64; publishing what is no list would cost its fee.
  const { issuer } = parseRevocationList(list);
  const issuers = pathFromName(issuer, chain);
  expect(issuers.length > 0, 'malformed', "a revocation list needs its issuer's certificate");
  return issuers;
}

/**
 * The vendor's documents in a file, each with what is needed to believe it, as a chain takes them.
 * @param file Intel's collateral as JSON; or revocation lists of AMD or NVIDIA
 * @param chain the issuer of each list and everybody above it, also of several vendors, in any order
 * @throws AttestationRefusal where the file has another form.
 */
export function readVendorDocuments(
  kind: AttestationKind,
  file: Uint8Array,
  chain: readonly Uint8Array[],
): readonly VendorDocument[] {
  if (kind === 'sgx' || kind === 'tdx') return intelDocuments(file);
  const { lists = [] } = readCollateralFile(kind, file, []);
  return lists.map((list) => ({ kind: 'revocationList', list, chain: issuersOf(list, chain) }));
}

/**
 * A reference manifest in a file (XML). Its signature is the chain's to check; what carries none is refused here.
 * @throws AttestationRefusal where the file has another form.
 */
export function readManifestFile(file: Uint8Array): VendorDocument {
  expect(file.length <= ATTESTATION_LIMITS.rimBytesMax, 'too_large', 'RIM');
  readSignedXml(parseXml(file, 'RIM'));
  return { kind: 'manifest', manifest: file };
}
