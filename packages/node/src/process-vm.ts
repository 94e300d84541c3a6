import { probeAccelerator, processAccelerator } from './accelerator.ts';
import { installCrypto } from './crypto/install-crypto.ts';
import { Factory } from './hosts/vm/factory.ts';
import type { VM } from './hosts/vm/vm.ts';
import type { Log } from './log.ts';

/** A VM on the accelerator of this process. */
export function makeProcessVM(log: Log): VM {
  const { keccak256, secp256k1, reasons } = installCrypto();
  log.info({ keccak256, secp256k1, reasons }, 'crypto');
  probeAccelerator(log);
  return new Factory(() => ({ accelerator: processAccelerator() })).new(log);
}
