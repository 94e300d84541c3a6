import { struct, text } from '@aivm/core/bytes';
import { recoverAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { hashTypedOperation, type TypedOperation } from '@aivm/core/tx';
import type { Signer } from './wallet.ts';

/** Most bytes of a name, as on chain. */
const ID_BYTES_MAX = 64;
/** A request is good for so long; clocks may differ by as much. */
const VALID_S = 600;

const streamRequestCodec = struct('StreamRequest', {
  taskId: text(ID_BYTES_MAX),
  provider: text(ID_BYTES_MAX),
});

/** Who asks a provider for the pieces of an answer, and of which. */
export interface StreamRequest {
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly taskId: string;
  readonly provider: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** A stream request that its requester signed: 65 bytes. */
export interface SignedStreamRequest {
  readonly expiresAt: number;
  readonly signature: Uint8Array;
}

/** EIP-712 over a struct of its own, so that its signature is never one of a transaction. */
const typedOf = ({ chainId, genesisHash, taskId, provider, expiresAt }: StreamRequest): TypedOperation => ({
  ...{ chainId, genesisHash },
  nonce: 0n,
  expiry: BigInt(expiresAt),
  codec: streamRequestCodec,
  value: { taskId, provider },
});

/**
 * Signs for the pieces of an answer, which only the task's requester is given.
 * @throws AivmError `not_supported` for a signer that signs transactions only
 * @example (await signStreamRequest(wallet, { chainId: 1n, genesisHash: new Uint8Array(32), taskId: 't', provider: 'p' })).signature.length // 65
 */
export async function signStreamRequest(
  signer: Signer,
  request: Omit<StreamRequest, 'expiresAt'>,
): Promise<SignedStreamRequest> {
  if (signer.signTyped === undefined)
    throw new AivmError('not_supported', 'the signer of this account signs transactions only');
  const expiresAt = Math.floor(Date.now() / 1_000) + VALID_S;
  return { expiresAt, signature: await signer.signTyped(typedOf({ ...request, expiresAt })) };
}

/**
 * The address that signed for the pieces of an answer.
 * @throws AivmError `bad_signature`, `expired` for a request that is too old, or valid for too long
 * @example
 * const request = { chainId: 1n, genesisHash: new Uint8Array(32), taskId: 't', provider: 'p' };
 * recoverStreamRequester(request, await signStreamRequest(wallet, request)) // wallet.addressBytes
 */
export function recoverStreamRequester(
  request: Omit<StreamRequest, 'expiresAt'>,
  { expiresAt, signature }: SignedStreamRequest,
  nowS: number = Math.floor(Date.now() / 1_000),
): Uint8Array {
  if (!Number.isSafeInteger(expiresAt) || expiresAt + VALID_S < nowS || expiresAt > nowS + 2 * VALID_S)
    throw new AivmError(
      'expired',
      `expires_at: ${expiresAt}; now is ${nowS}, and a request is good for ${VALID_S} s`,
    );
  if (signature.length !== 65)
    throw new AivmError('bad_signature', `signature: ${signature.length} bytes, not 65`);
  return recoverAddress(hashTypedOperation(typedOf({ ...request, expiresAt })), signature);
}
