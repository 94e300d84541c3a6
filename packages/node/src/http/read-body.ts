import type { ReadableStream as NodeStream, ReadableWritablePair as NodeTransform } from 'node:stream/web';
import { concatBytes, type JsonValue } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { parseJson } from '@aivm/sdk';
import { assertWellFormed } from './well-formed.ts';

/** How a body is read. */
export interface BodyLimits {
  /** Of the body as it is after decompression. */
  readonly bytesMax: number;
  readonly bytesPerSecondMin: number;
  /** Notes bytes that are kept until the answer is called. @throws AivmError when there are too many. */
  readonly hold: (bytes: number) => () => void;
  /** Called between the steps of reading: others may have a turn. */
  readonly pause: () => Promise<void>;
}

/** One input of 64 KiB as an array of int8 is 65,536 values; the largest body within these takes some 30 ms to parse. */
const JSON_BOUNDS = { valuesMax: 100_000, membersMax: 16_384, depthMax: 128 } as const;
/** How long a body may come slower than it has to. */
const GRACE_MS = 2_000;
const LOOK_EVERY_MS = 500;

/** Clients of the Go service send no type at all; anything that says it is something else than JSON is refused. */
function assertJsonType(request: Request): void {
  const type = request.headers.get('content-type');
  if (type === null || type.trim() === '') return;
  const essence = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (essence === 'application/json' || essence.endsWith('+json')) return;
  throw new AivmError(
    'unsupported_media_type',
    `content-type: expected application/json, got "${type.slice(0, 80)}"`,
  );
}

const NO_BYTES = new Uint8Array(0);

type ByteStream = ReadableStream<Uint8Array>;

/** Whether a body is compressed. @throws AivmError `unsupported_media_type`. */
function isGzip(request: Request): boolean {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new AivmError(
    'unsupported_media_type',
    `content-encoding: expected gzip or none, got "${encoding.slice(0, 80)}"`,
  );
}

const gunzip = (body: ByteStream): ByteStream =>
  (body as NodeStream).pipeThrough(new DecompressionStream('gzip') as unknown as NodeTransform) as ByteStream;

/** Ends the reading of a body that comes too slowly. The answer stops watching. */
function watchPace(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { bytesPerSecondMin }: BodyLimits,
  progress: { readonly size: number; isTooSlow: boolean },
): () => void {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const ms = performance.now() - startedAt;
    if (ms < GRACE_MS || progress.size * 1_000 >= bytesPerSecondMin * ms) return;
    progress.isTooSlow = true;
    // The read in progress ends with this.
    void reader.cancel().catch(() => undefined);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

async function readParts(
  stream: ByteStream,
  limits: BodyLimits,
  releases: (() => void)[],
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const progress = { size: 0, isTooSlow: false };
  const reader = stream.getReader();
  const stopWatching = watchPace(reader, limits, progress);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (progress.isTooSlow) {
        throw new AivmError(
          'timeout',
          `body: ${progress.size} bytes came at less than ${limits.bytesPerSecondMin} bytes a second`,
        );
      }
      if (done) return concatBytes(...parts);
      progress.size += value.length;
      if (progress.size > limits.bytesMax) throw tooLarge(limits.bytesMax);
      releases.push(limits.hold(value.length));
      parts.push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    stopWatching();
  }
}

/** The platform's own decoder: a body of 1 MiB is read in a tenth of the time that core's takes. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AivmError('malformed', 'body: not UTF-8', { cause });
  }
}

const tooLarge = (bytesMax: number): AivmError =>
  new AivmError('too_large', `body: more than ${bytesMax} bytes`);

/**
 * The JSON of a request, every integer exact, with the size of its text in bytes.
 * @throws AivmError `unsupported_media_type`, `too_large`, `malformed`, `timeout` for a body that comes too slowly,
 * `rate_limited` when too much is held already.
 */
export async function readJsonBody(
  request: Request,
  limits: BodyLimits,
): Promise<{ readonly json: JsonValue; readonly bytes: number }> {
  assertJsonType(request);
  if (Number(request.headers.get('content-length') ?? 0) > limits.bytesMax) throw tooLarge(limits.bytesMax);
  const isCompressed = isGzip(request);
  const releases: (() => void)[] = [];
  try {
    const { body } = request;
    const stream = body !== null && isCompressed ? gunzip(body) : body;
    const bytes = stream === null ? NO_BYTES : await readParts(stream, limits, releases);
    const text = textOf(bytes);
    const json = parseJson(text, JSON_BOUNDS);
    await limits.pause();
    assertWellFormed(json, text);
    return { json, bytes: bytes.length };
  } catch (error) {
    if (!isCompressed || error instanceof AivmError || request.signal.aborted) throw error;
    throw new AivmError('malformed', 'body: not gzip', { cause: error });
  } finally {
    for (const release of releases) release();
  }
}
