import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import {
  ATTESTATION_LIMITS,
  createGpuCollateralStock,
  type GpuCollateralStock,
} from '@aivm/core/attestation';
import { AivmError } from '@aivm/core/errors';

const FILES_MAX = 4_096;
const MANIFEST = new Set(['.xml']);
const LIST = new Set(['.crl', '.der']);

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (cause) {
    throw new AivmError('not_found', `no collateral folder at ${directory}`, { cause });
  }
}

/**
 * Reads what NVIDIA publishes about its GPUs out of a folder: reference manifests (`.xml`) and revocation lists in DER
 * (`.crl`, `.der`). Other files and folders inside are left alone. The names of the files mean nothing; what is in them
 * says what they are for, and no signature is believed before an attestation needs it.
 *
 * @throws AivmError `not_found`, `too_large`, or `malformed` with the file's path.
 */
export function readCollateralFolder(directory: string): GpuCollateralStock {
  const names = namesIn(directory).filter((name) => MANIFEST.has(extname(name)) || LIST.has(extname(name)));
  if (names.length > FILES_MAX)
    throw new AivmError('too_large', `${directory}: more than ${FILES_MAX} files`);
  const rims: Uint8Array[] = [];
  const lists: Uint8Array[] = [];
  for (const name of names) {
    const path = join(directory, name);
    if (statSync(path).size > ATTESTATION_LIMITS.fileBytesMax) throw new AivmError('too_large', path);
    const bytes = new Uint8Array(readFileSync(path));
    const isManifest = MANIFEST.has(extname(name));
    try {
      createGpuCollateralStock(isManifest ? { rims: [bytes] } : { lists: [bytes] });
    } catch (cause) {
      if (!(cause instanceof AivmError)) throw cause;
      throw new AivmError('malformed', `${path}: ${cause.detail}`, { cause });
    }
    (isManifest ? rims : lists).push(bytes);
  }
  return createGpuCollateralStock({ rims, lists });
}
