import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { genesisModels } from '@aivm/core/execute';
import { type ProviderRecord, requireProvider } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { type BlockContext, writeProvider } from '../../packages/core/src/execute/context/block-context.ts';
import { processRegisterModel } from '../../packages/core/src/execute/operations/register-model.ts';
import { processRegisterProvider } from '../../packages/core/src/execute/operations/register-provider.ts';
import { holdBlob } from '../../packages/core/src/execute/providers/held-blobs.ts';
import { LIMITS } from '../../packages/core/src/state/limits.ts';
import { type Person, personAt } from './work-chain.ts';

/** A name as long as names may be. */
export const longId = (kind: string, i: number): string => `${kind}-${i}-`.padEnd(LIMITS.idBytesMax, 'x');

export const hashOf = (text: string): Uint8Array => keccak256(utf8ToBytes(text));

/** Owns every model of the benchmark. */
export const OWNER = personAt(127);

/** The judged network that every chain has: its id and its parameters. */
export const KERNEL_ID = 'wdbc-int8';
export const KERNEL_WEIGHTS: Uint8Array =
  genesisModels().find(({ id }) => id === KERNEL_ID)?.weights ?? new Uint8Array();

export const BOND = 10n ** 18n;

/** The longest description of a GPU. */
export const LARGEST_GPU = {
  model: 'H'.repeat(LIMITS.nameBytesMax),
  memoryGb: 80,
  tflops: '1'.repeat(LIMITS.decimalBytesMax),
  available: true,
  temperature: '2'.repeat(LIMITS.decimalBytesMax),
  utilization: '3'.repeat(LIMITS.decimalBytesMax),
};

/** As many of them as a provider names. */
export const LARGEST_GPUS = Array.from({ length: LIMITS.gpusMax }, () => LARGEST_GPU);

/** An opaque, deterministic model whose record is as long as records of models get. */
export const largestModel = (id: string): OperationOf<'registerModel'> => ({
  kind: 'registerModel',
  id,
  name: 'n'.repeat(LIMITS.nameBytesMax),
  modelType: 't'.repeat(LIMITS.nameBytesMax),
  capabilities: Array.from({ length: LIMITS.capabilitiesMax }, () => 'c'.repeat(LIMITS.nameBytesMax)),
  contextSize: 1,
  parameters: '1'.repeat(18),
  checkClass: 0,
  deterministic: true,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: hashOf(`weights of ${id}`),
  licenseRoot: hashOf('licence'),
});

/** Models that everybody serves: as many as one provider names. */
export const SERVED = Array.from({ length: LIMITS.modelsPerProviderMax }, (_, i) => longId('model', i));

export function registerServed(context: BlockContext): void {
  for (const id of SERVED) processRegisterModel(context, OWNER.address, largestModel(id));
}

export const largestRegistration = (by: Person, id: string): OperationOf<'registerProvider'> => ({
  kind: 'registerProvider',
  id,
  walletAddress: by.address,
  endpoint: `https://${'e'.repeat(LIMITS.endpointBytesMax - 8)}`,
  gpus: LARGEST_GPUS,
  models: SERVED,
  bond: BOND,
});

/** Panels that it sits on and has committed to; the cases add some. */
const OTHER_SEATS = LIMITS.seatsPerProviderMax - 16;

/** Blobs that a provider holds and does not serve. All have one hash, so that one operation drops them. */
const HOLDINGS = 64;
export const HELD_HASH = hashOf('held blob');

/** A provider with all that a record may hold: models, blobs, GPUs, open assignments and seats. */
export function worstProvider(
  context: BlockContext,
  by: Person,
  id: string,
  more: Partial<ProviderRecord> = {},
): void {
  processRegisterProvider(context, by.address, largestRegistration(by, id));
  for (let i = 0; i < HOLDINGS; i++)
    holdBlob(context, requireProvider(context.state, id), {
      modelRoot: hashOf(`network ${i} of ${id}`),
      weightHash: HELD_HASH,
    });
  const name = bytesToHex(by.address).slice(0, 8);
  writeProvider(context, {
    ...requireProvider(context.state, id),
    seats: Array.from({ length: OTHER_SEATS }, (_, i) => longId(`seat-${name}`, i)),
    openSeats: OTHER_SEATS,
    ...more,
  });
}
