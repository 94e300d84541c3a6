import { AivmError, bytesToUtf8, concatBytes, type JsonValue } from '@aivm/core';
import { parseJson } from '@aivm/sdk';

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

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = (): AivmError => new AivmError('too_large', `body: more than ${bytesMax} bytes`);
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > bytesMax) throw tooLarge();
  if (request.body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > bytesMax) throw tooLarge();
    parts.push(part);
  }
  return concatBytes(...parts);
}

/**
 * The JSON of a request, every integer exact.
 * @throws AivmError `unsupported_media_type`, `too_large`, `malformed`.
 */
export async function readJsonBody(request: Request, bytesMax: number): Promise<JsonValue> {
  assertJsonType(request);
  const text = bytesToUtf8(await readBytes(request, bytesMax));
  if (text === undefined) throw new AivmError('malformed', 'body: not UTF-8');
  return parseJson(text);
}
