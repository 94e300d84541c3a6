import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { CHUNK_SIZE, chunkCountOf, rootOfChunks } from '@aivm/core/network';
import type { RouteAnswer } from '../routes/define-route.ts';
import { type Routes, routes } from '../routes/routes.ts';
import type { CallOptions } from './client-options.ts';
import { errorOfAnswer, type Transport } from './transport.ts';

/** Chunks that are fetched and verified at once: 1 MiB. */
const CHUNKS_AT_ONCE = 128;
const PIECE_TIMEOUT_MS = 120_000;
const TRIES_MAX = 4;

/** Which blob, and from where on. */
export interface FetchBlobOptions extends CallOptions {
  readonly hash: Uint8Array;
  /** Bytes of the blob, as the model's header states them. */
  readonly size: number;
  /** Bytes that the caller has from before: whole chunks, from which on it goes on. Default 0. */
  readonly offset?: number;
}

/** Bytes of a blob that lead to its hash. */
export interface BlobPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const urlOf = ({ baseUrl }: Transport, hash: Uint8Array): string =>
  baseUrl + routes.getBlob.path.replace(':hash', bytesToHex(hash));

/**
 * The bytes of a blob in pieces of at most 1 MiB, each of which is verified against the hash by itself before it is given.
 * A piece that does not come whole is fetched again.
 *
 * @throws RangeError for an offset that is no multiple of a chunk; AivmError `malformed` for bytes that do not lead to the
 *   hash, `not_found`, `unreachable`, `timeout`
 */
export async function* fetchBlob(
  transport: Transport,
  options: FetchBlobOptions,
): AsyncGenerator<BlobPiece, void, undefined> {
  const { hash, size, offset = 0 } = options;
  if (offset % CHUNK_SIZE !== 0 || offset < 0 || offset > size)
    throw new RangeError(`offset: expected a multiple of ${CHUNK_SIZE} up to ${size}, got ${offset}`);
  const chunkCount = chunkCountOf(size);
  for (let first = offset / CHUNK_SIZE; first < chunkCount; first += CHUNKS_AT_ONCE) {
    const place = { first, count: Math.min(CHUNKS_AT_ONCE, chunkCount - first) };
    const bytes = await fetchPiece(transport, options, place);
    const proof = (await transport.call(
      routes.getBlobProof,
      { params: { hash }, query: place },
      options,
    )) as RouteAnswer<Routes['getBlobProof']>;
    if (!equalBytes(rootOfChunks(size, place, bytes, proof.siblings), hash))
      throw new AivmError(
        'malformed',
        `${urlOf(transport, hash)}: bytes from ${first * CHUNK_SIZE} on do not lead to the hash`,
      );
    yield { offset: first * CHUNK_SIZE, bytes };
  }
}

async function fetchPiece(
  transport: Transport,
  { hash, size, ...call }: FetchBlobOptions,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<Uint8Array> {
  const start = first * CHUNK_SIZE;
  const end = Math.min(start + count * CHUNK_SIZE, size);
  const bytes = new Uint8Array(end - start);
  if (bytes.length === 0) return bytes;
  let done = 0;
  for (let tries = 1; ; tries++) {
    try {
      await readRange(
        transport,
        { hash, start, call },
        bytes,
        (filled) => {
          done = filled;
        },
        done,
      );
      return bytes;
    } catch (error) {
      if (!(error instanceof AivmError) || error.code !== 'unreachable' || tries === TRIES_MAX) throw error;
    }
  }
}

/** Reads what is missing of `bytes` behind the first `done`; tells how far it came. */
async function readRange(
  transport: Transport,
  { hash, start, call }: { readonly hash: Uint8Array; readonly start: number; readonly call: CallOptions },
  bytes: Uint8Array,
  tell: (filled: number) => void,
  done: number,
): Promise<void> {
  const url = urlOf(transport, hash);
  const range = `bytes=${start + done}-${start + bytes.length - 1}`;
  const response = await transport.open(
    url,
    { headers: { range } },
    { timeoutMs: PIECE_TIMEOUT_MS, ...call },
  );
  if (response.status !== 206) {
    if (response.ok)
      throw new AivmError('malformed', `${url}: ${response.status} instead of the range ${range}`);
    throw await errorOfAnswer(response, url, transport.clock);
  }
  let filled = done;
  try {
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (filled + part.length > bytes.length)
        throw new AivmError('malformed', `${url}: more than the range ${range}`);
      bytes.set(part, filled);
      filled += part.length;
      tell(filled);
    }
  } catch (error) {
    if (error instanceof AivmError) throw error;
    throw new AivmError('unreachable', `${url}: ${String(error)}`, { cause: error });
  }
  if (filled < bytes.length)
    throw new AivmError('unreachable', `${url}: the answer ended after ${filled} of ${bytes.length} bytes`);
}

/** A blob, and a registered network whose weights it is. */
export interface PutBlobParameters {
  readonly hash: Uint8Array;
  readonly model: string;
  readonly bytes: Uint8Array;
}

/**
 * Stores a blob at the node. Storing one that is there is no error.
 *
 * @throws AivmError with the node's code
 */
export async function putBlob(
  transport: Transport,
  { hash, model, bytes }: PutBlobParameters,
  options: CallOptions = {},
): Promise<void> {
  const url = `${urlOf(transport, hash)}?model=${encodeURIComponent(model)}`;
  const init = {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes as BodyInit,
  };
  const response = await transport.open(url, init, { timeoutMs: 600_000, ...options });
  if (!response.ok) throw await errorOfAnswer(response, url, transport.clock);
  await response.body?.cancel();
}
