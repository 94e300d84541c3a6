import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { CHUNK_SIZE, chunkCountOf } from '@aivm/core/network';
import { readModel, readNetwork, type StateReader } from '@aivm/core/state';
import { decodeJson, routes } from '@aivm/sdk';
import type { BlobStore } from '../../store/blob-store.ts';
import { type HttpContext, whenAnswered } from '../http-context.ts';
import type { ClientLedger } from '../limits/client-ledger.ts';
import { LimitError } from '../limits/client-ledger.ts';
import type { HttpLimits } from '../limits/http-limits.ts';
import { notFound } from './not-found.ts';

/** What the transfer of blobs works with. */
export interface BlobScope {
  readonly blobs: BlobStore;
  readonly ledger: ClientLedger;
  readonly limits: HttpLimits;
  readonly state: () => StateReader;
  readonly closing: AbortSignal;
}

/** Chunks that are read, verified and sent at once. */
const CHUNKS_AT_ONCE = 16;
const HEADERS = {
  'content-type': 'application/octet-stream',
  'accept-ranges': 'bytes',
  'cache-control': 'public, max-age=31536000, immutable',
} as const;

const hashOf = (c: HttpContext): Uint8Array => decodeJson(routes.getBlob.params, c.req.param(), 'path').hash;

/**
 * The one range of bytes that a header asks for, end included; undefined where all is asked for. Several ranges at once are
 * answered by all, as the protocol permits.
 *
 * @throws AivmError `out_of_range` for a range outside of the blob
 */
function parseRange(header: string | null, size: number): readonly [number, number] | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, from = '', to = ''] = match;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || start > end)
    throw new AivmError('out_of_range', `range: ${header}; the blob has bytes 0…${size - 1}`);
  return [start, end];
}

/** Answers with a blob or a range of it, every chunk held against its hash before it is sent. */
export async function sendBlob(c: HttpContext, scope: BlobScope): Promise<Response> {
  const { blobs, ledger } = scope;
  const hash = hashOf(c);
  const size = blobs.sizeOf(hash);
  if (size === undefined) throw notFound(`blob ${bytesToHex(hash)}`);
  const headers: Record<string, string> = { ...HEADERS, etag: `"${bytesToHex(hash)}"` };
  let range: ReturnType<typeof parseRange>;
  try {
    range = parseRange(c.req.raw.headers.get('range'), size);
  } catch (error) {
    if (!(error instanceof AivmError)) throw error;
    return new Response(error.detail, { status: 416, headers: { 'content-range': `bytes */${size}` } });
  }
  const [start, end] = range ?? [0, size - 1];
  headers['content-length'] = String(end - start + 1);
  if (range !== undefined) headers['content-range'] = `bytes ${start}-${end}/${size}`;
  const status = range === undefined ? 200 : 206;
  if (c.req.raw.method === 'HEAD' || size === 0) return new Response(null, { status, headers });
  const client = c.get('client');
  ledger.chargeAnswer(client, end - start + 1);
  whenAnswered(c, ledger.holdBytes(client, CHUNKS_AT_ONCE * CHUNK_SIZE));
  // The first piece is read before the headers are sent, so that damage is an error of its own.
  const first = await readPiece(scope, hash, start, end);
  return new Response(streamOf(scope, hash, { start, end }, first), { status, headers });
}

async function readPiece(
  { blobs }: BlobScope,
  hash: Uint8Array,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const chunk = Math.floor(start / CHUNK_SIZE);
  const count = Math.min(CHUNKS_AT_ONCE, Math.floor(end / CHUNK_SIZE) - chunk + 1);
  const bytes = await blobs.readChunks(hash, chunk, count);
  return bytes.subarray(start - chunk * CHUNK_SIZE, end + 1 - chunk * CHUNK_SIZE);
}

function streamOf(
  scope: BlobScope,
  hash: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  first: Uint8Array,
): ReadableStream<Uint8Array> {
  let ready: Uint8Array | undefined = first;
  let at = start;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        scope.closing.throwIfAborted();
        const piece = ready ?? (await readPiece(scope, hash, at, end));
        ready = undefined;
        at += piece.length;
        controller.enqueue(piece);
        if (at > end) controller.close();
      } catch (error) {
        // The client sees an answer that ends too soon, and fetches the rest again.
        controller.error(error);
      }
    },
  });
}

/** Bytes of the blob that a model names. @throws AivmError `not_found` unless the model has these weights. */
function namedSize(state: StateReader, id: string, hash: Uint8Array): number {
  const model = readModel(state, id);
  const network = model === undefined ? undefined : readNetwork(state, model.modelRoot);
  if (model === undefined || network === undefined) throw notFound(`network "${id}"`);
  if (!equalBytes(model.weightHash, hash))
    throw new AivmError(
      'not_found',
      `blob ${bytesToHex(hash)}: network "${id}" has the weights ${bytesToHex(model.weightHash)}`,
    );
  return network.blobBytes;
}

/** How many blobs each server receives. */
const receiving = new WeakMap<BlobStore, number>();

/** Stores the blob in the body, if a registered network names it. */
export async function takeBlob(
  c: HttpContext,
  scope: BlobScope,
): Promise<{ readonly hash: Uint8Array; readonly size: number }> {
  const { blobs, ledger, limits } = scope;
  const { model } = decodeJson(routes.putBlob.query, c.req.query(), 'query');
  const hash = hashOf(c);
  const size = namedSize(scope.state(), model, hash);
  const length = c.req.raw.headers.get('content-length');
  if (length !== null && Number(length) !== size)
    throw new AivmError('malformed', `blob: ${length} bytes; that of network "${model}" has ${size}`);
  if (blobs.sizeOf(hash) !== undefined) return { hash, size };
  const count = receiving.get(blobs) ?? 0;
  if (count >= limits.uploadsMax)
    throw new LimitError(`${count} blobs are being received, at most ${limits.uploadsMax} may be`, 5);
  receiving.set(blobs, count + 1);
  try {
    await blobs.receive(hash, size, partsOf(c, limits));
    ledger.chargeBody(c.get('client'), size);
    return { hash, size };
  } finally {
    receiving.set(blobs, (receiving.get(blobs) ?? 1) - 1);
  }
}

/** The body as it comes. @throws AivmError `timeout` for one that comes too slowly. */
async function* partsOf(c: HttpContext, limits: HttpLimits): AsyncGenerator<Uint8Array> {
  const { body } = c.req.raw;
  if (body === null) return;
  const reader = body.getReader();
  const startedAt = performance.now();
  let bytes = 0;
  try {
    for (;;) {
      const timer = setTimeout(() => void reader.cancel().catch(() => undefined), limits.writeTimeoutMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      const seconds = (performance.now() - startedAt) / 1_000;
      if (seconds > limits.writeTimeoutMs / 1_000 && bytes < seconds * limits.bodyBytesPerSecondMin)
        throw new AivmError(
          'timeout',
          `body: ${bytes} bytes came at less than ${limits.bodyBytesPerSecondMin} bytes a second`,
        );
      if (done) return;
      bytes += value.length;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** Chunks of a blob with the hashes that lead to its own. @throws AivmError `not_found`, `out_of_range`. */
export async function proveChunks(
  blobs: BlobStore,
  hash: Uint8Array,
  { first = 0, count = 1 }: { readonly first?: number | undefined; readonly count?: number | undefined },
) {
  const size = blobs.sizeOf(hash);
  if (size === undefined) throw notFound(`blob ${bytesToHex(hash)}`);
  const chunks = chunkCountOf(size);
  if (count < 1 || first + count > chunks)
    throw new AivmError('out_of_range', `chunks: ${count} from ${first} on; the blob has ${chunks}`);
  return { hash, size, first, count, siblings: await blobs.openChunks(hash, first, count) };
}
