import { expect, refuse } from '../refusal.ts';
import type { Certificate } from '../x509/certificate.ts';
import { DER_TAG, readDer } from '../x509/der.ts';
import { smallInteger, stringText } from '../x509/der-values.ts';
import type { SnpKeyKind } from './snp-report.ts';
import { productOfName, type SnpProduct, type SnpTcb } from './snp-tcb.ts';

const PREFIX = '1.3.6.1.4.1.3704.1';
/** Bytes of a chip's id by generation. */
const HWID_BYTES: Readonly<Record<SnpProduct, number>> = { Milan: 64, Genoa: 64, Turin: 8 };

/** What AMD's extensions say of the chip or cloud whose key a leaf certificate carries. */
export interface SnpLeaf {
  readonly kind: SnpKeyKind;
  readonly product: SnpProduct;
  readonly tcb: SnpTcb;
  /** Identity of the chip (64 bytes; 8 from Turin on); undefined for a key that a cloud loaded. */
  readonly hardwareId: Uint8Array | undefined;
}

function extensionValue(certificate: Certificate, suffix: string): Uint8Array | undefined {
  return certificate.extensions.get(`${PREFIX}.${suffix}`)?.value;
}

function securityVersion(certificate: Certificate, suffix: string): number {
  const value = extensionValue(certificate, suffix);
  if (value === undefined) refuse('malformed', `SNP certificate: extension ${suffix} is missing`);
  const version = smallInteger(readDer(value), `SNP certificate ${suffix}`);
  expect(version <= 255, 'malformed', `SNP certificate: extension ${suffix} above one byte`);
  return version;
}

function productOf(certificate: Certificate): SnpProduct {
  const value = extensionValue(certificate, '2');
  if (value === undefined) refuse('malformed', 'SNP certificate: no product name');
  const name = stringText(readDer(value), DER_TAG.ia5String, 'product name');
  return productOfName(name) ?? refuse('unsupported', `SNP product "${name.slice(0, 40)}"`);
}

/** The id of a chip: raw octets, or in certificates of 2023 an OCTET STRING around them. */
function hardwareIdOf(value: Uint8Array, product: SnpProduct): Uint8Array {
  const size = HWID_BYTES[product];
  if (value.length === size) return value;
  const isWrapped = value.length === size + 2 && value[0] === DER_TAG.octetString && value[1] === size;
  expect(
    isWrapped,
    'malformed',
    `SNP certificate: hardware id of ${value.length} bytes, a ${product} has ${size}`,
  );
  return value.subarray(2);
}

/** Reads AMD's extensions: a chip key has a hardware id, a cloud's key has the id of the cloud, never both. */
export function readSnpLeaf(certificate: Certificate): SnpLeaf {
  const chipId = extensionValue(certificate, '4');
  const cloudId = extensionValue(certificate, '5');
  expect((chipId === undefined) !== (cloudId === undefined), 'malformed', 'SNP certificate: whose key is it');
  const product = productOf(certificate);
  const hardwareId = chipId === undefined ? undefined : hardwareIdOf(chipId, product);
  return {
    kind: hardwareId === undefined ? 'vlek' : 'vcek',
    product,
    tcb: {
      fmc: product === 'Turin' ? securityVersion(certificate, '3.9') : 0,
      bootLoader: securityVersion(certificate, '3.1'),
      tee: securityVersion(certificate, '3.2'),
      snp: securityVersion(certificate, '3.3'),
      microcode: securityVersion(certificate, '3.8'),
    },
    hardwareId,
  };
}
