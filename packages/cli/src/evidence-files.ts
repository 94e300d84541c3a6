import { readFile } from 'node:fs/promises';
import {
  type AttestationKind,
  AttestationRefusal,
  readCertificates,
  readGPUAttestation,
  readManifestFile,
  readVendorDocuments,
  type VendorDocument as SignedVendorDocument,
} from '@aivm/core/attestation';
import { AivmError } from '@aivm/core/errors';
import { CollateralKind } from '@aivm/core/state';
import type { SoftwareClaims, VendorDocument } from '@aivm/worker';

const NO_BYTES = new Uint8Array(0);

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new AivmError('not_found', `no file at ${path}`, { cause });
  }
}

/** What a file of certificates or documents lacks is the caller's mistake. */
async function readEach<T>(
  paths: readonly string[],
  read: (bytes: Uint8Array, path: string) => readonly T[],
): Promise<readonly T[]> {
  const files = paths.map(async (path) => {
    const bytes = await readBytes(path);
    try {
      return read(bytes, path);
    } catch (error) {
      if (!(error instanceof AttestationRefusal)) throw error;
      throw new AivmError('malformed', `${path}: ${error.message}`);
    }
  });
  return (await Promise.all(files)).flat();
}

/** A document as it is sent to the chain. */
function toOperation(document: SignedVendorDocument): VendorDocument {
  switch (document.kind) {
    case 'revocationList':
      return {
        documentKind: CollateralKind.revocationList,
        body: document.list,
        signature: NO_BYTES,
        chain: [...document.chain],
      };
    case 'manifest':
      return {
        documentKind: CollateralKind.manifest,
        body: document.manifest,
        signature: NO_BYTES,
        chain: [],
      };
    default: {
      const { bytes: body, signature, chain } = document.document;
      return { documentKind: CollateralKind[document.kind], body, signature, chain: [...chain] };
    }
  }
}

/** The certificates in files, in order. @throws AivmError `not_found`, `malformed` */
export const readChainFiles = (paths: readonly string[]): Promise<readonly Uint8Array[]> =>
  readEach(paths, readCertificates);

/** A vendor's lists and levels in files, whose issuers are in `chain`. @throws AivmError `not_found`, `malformed` */
export async function readDocumentFiles(
  kind: AttestationKind,
  paths: readonly string[],
  chain: readonly Uint8Array[],
): Promise<readonly VendorDocument[]> {
  return (await readEach(paths, (bytes) => readVendorDocuments(kind, bytes, chain))).map(toOperation);
}

/** Reference manifests in files. @throws AivmError `not_found`, `malformed` */
export async function readManifestFiles(paths: readonly string[]): Promise<readonly VendorDocument[]> {
  return (await readEach(paths, (bytes) => [readManifestFile(bytes)])).map(toOperation);
}

function toJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * What an operator says of a card: a GPU attestation in software mode, as `POST /attestation/verify` takes it, whose key,
 * signature, nonce and time do not count: they are made anew. @throws AivmError `not_found`, `malformed`
 */
export async function readClaims(path: string): Promise<SoftwareClaims> {
  const [claims] = await readEach([path], (bytes): readonly SoftwareClaims[] => {
    const { deviceId, model, softwareAttestation } = readGPUAttestation(toJson(bytes));
    if (softwareAttestation === undefined) return [];
    const { providerPublicKey: _key, signature: _signature, nonce: _nonce, ...rest } = softwareAttestation;
    const { timestamp: _timestamp, ...said } = rest;
    return [{ deviceId, model, ...said }];
  });
  if (claims === undefined) throw new AivmError('malformed', `${path}: no software_attestation`);
  const isComplete = claims.gpuSerial !== '' && claims.driverVersion !== '';
  if (!isComplete) throw new AivmError('malformed', `${path}: gpu_serial and driver_version are needed`);
  return claims;
}
