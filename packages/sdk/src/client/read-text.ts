import { AivmError } from '@aivm/core/errors';

/**
 * The text of an answer of at most `bytesMax` bytes; what goes on beyond it is not read.
 * @throws AivmError `too_large`
 */
export async function readText(response: Response, bytesMax: number, url: string): Promise<string> {
  const { body } = response;
  if (body === null) return '';
  const tooLarge = (): AivmError =>
    new AivmError('too_large', `${url}: the answer has more than ${bytesMax} bytes`);
  if (Number(response.headers.get('content-length') ?? 0) > bytesMax) {
    await body.cancel().catch(() => undefined);
    throw tooLarge();
  }
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts.join('') + decoder.decode();
    bytes += value.length;
    if (bytes > bytesMax) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
}
