import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { AttestationRefusal, expect, refuse } from '../refusal.ts';
import { parseChain } from '../x509/chain.ts';
import { parseRevocationList } from '../x509/crl.ts';
import { readSignedXml } from '../xml/signature.ts';
import { attributeOf, elementsOf, parseXml } from '../xml/tree.ts';
import { readGpuIdentity } from './device-certificate.ts';
import { parseSpdmReport } from './spdm.ts';
import type { GpuEvidence } from './verify-gpu.ts';
import type { NvidiaCollateral } from './verify-nvidia.ts';

/** Reference manifests and revocation lists for many products, of which an attestation needs a few. */
export interface GpuCollateralStock {
  readonly manifestCount: number;
  readonly listCount: number;
  /**
   * What verifying these GPUs needs: the manifests for their chips and versions, and the lists of the authorities in
   * their chains. Nothing is believed here; evidence that cannot be read needs nothing.
   */
  for(gpus: readonly GpuEvidence[]): Pick<NvidiaCollateral, 'rims' | 'lists'>;
}

export interface GpuCollateralStockOptions {
  /** XML documents. */
  readonly rims?: readonly Uint8Array[];
  /** DER lists. */
  readonly lists?: readonly Uint8Array[];
}

interface StockedManifest {
  readonly bytes: Uint8Array;
  readonly product: string;
  readonly version: string;
  /** Encoded names of the authorities behind it. */
  readonly authorities: readonly Uint8Array[];
}

function readManifest(bytes: Uint8Array): StockedManifest {
  const { content, certificates } = readSignedXml(parseXml(bytes, 'RIM'));
  const meta = elementsOf(content).find(({ local }) => local === 'Meta');
  const product = meta && attributeOf(meta, 'product');
  const version = meta && attributeOf(meta, 'colloquialVersion')?.toUpperCase();
  if (product === undefined || version === undefined) refuse('malformed', 'RIM: no product or version');
  const authorities = parseChain(certificates).map(({ subject }) => subject);
  return { bytes, product, version, authorities };
}

interface GpuNeeds {
  readonly chip: string;
  readonly versions: readonly string[];
  readonly authorities: readonly Uint8Array[];
}

function needsOf(gpu: GpuEvidence): GpuNeeds | undefined {
  try {
    expect(gpu.report.length <= ATTESTATION_LIMITS.quoteBytesMax, 'too_large', 'SPDM report');
    const { driverVersion, vbiosVersion } = parseSpdmReport(gpu.report);
    const chain = parseChain(gpu.chain);
    const { chip } = readGpuIdentity(chain[0]);
    const authorities = chain.map(({ subject }) => subject);
    return { chip, versions: [driverVersion, vbiosVersion], authorities };
  } catch (error) {
    if (error instanceof AttestationRefusal) return undefined;
    throw error;
  }
}

/**
 * Sorts manifests and lists by what they are for, so that each attestation is held against its own only: verification
 * refuses collateral that belongs to nothing. A later manifest for the same product and version takes the place of an
 * earlier one.
 *
 * @throws AivmError `malformed` for bytes that are neither.
 */
export function createGpuCollateralStock(options: GpuCollateralStockOptions): GpuCollateralStock {
  const manifests = new Map<string, StockedManifest>();
  let lists: readonly { readonly bytes: Uint8Array; readonly issuer: Uint8Array }[];
  try {
    for (const manifest of (options.rims ?? []).map(readManifest)) {
      manifests.set(`${manifest.product} ${manifest.version}`, manifest);
    }
    lists = (options.lists ?? []).map((bytes) => ({ bytes, issuer: parseRevocationList(bytes).issuer }));
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    throw new AivmError('malformed', `collateral: ${error.message}`, { cause: error });
  }
  return {
    manifestCount: manifests.size,
    listCount: lists.length,
    for: (gpus) => {
      const needs = gpus.map(needsOf).filter((need) => need !== undefined);
      const names = new Set(
        needs.flatMap(({ chip, versions }) => versions.map((version) => `${chip} ${version}`)),
      );
      const chosen = [...names]
        .map((name) => manifests.get(name))
        .filter((manifest) => manifest !== undefined);
      const authorities = [...needs, ...chosen].flatMap((part) => part.authorities.slice(1));
      const isNeeded = (issuer: Uint8Array): boolean => authorities.some((name) => equalBytes(name, issuer));
      return {
        rims: chosen.map(({ bytes }) => bytes),
        lists: lists.filter(({ issuer }) => isNeeded(issuer)).map(({ bytes }) => bytes),
      };
    },
  };
}
