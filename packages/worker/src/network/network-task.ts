import { AivmError } from '@aivm/core/errors';
import { createNetwork, type Network, type NetworkHeader, type NetworkInput } from '@aivm/core/network';

/** Bytes of a token, as inputs and outputs carry it: u32, little-endian. */
const TOKEN_BYTES = 4;
const NO_TOKENS = new Uint32Array(0);
const NO_BYTES = new Uint8Array(0);

/** The tokens in `bytes`. @throws AivmError `malformed` for a part of one */
export function tokensOfBytes(bytes: Uint8Array): Uint32Array {
  if (bytes.length % TOKEN_BYTES !== 0)
    throw new AivmError('malformed', `tokens: ${bytes.length} bytes; a token has ${TOKEN_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / TOKEN_BYTES }, (_, i) =>
    view.getUint32(i * TOKEN_BYTES, true),
  );
}

/** Bytes of tokens, as a task's input and output carry them. */
export function bytesOfTokens(tokens: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(tokens.length * TOKEN_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < tokens.length; i++) view.setUint32(i * TOKEN_BYTES, tokens[i]!, true);
  return bytes;
}

/** One pass over a task's input and, of a decoder, the tokens that were posted. */
export interface TaskPass {
  readonly network: Network;
  readonly input: NetworkInput;
}

/** The pass that a result claims. @throws AivmError `malformed` where input or output is no text */
export function passOfTask(header: NetworkHeader, input: Uint8Array, output: Uint8Array): TaskPass {
  if (header.form === 'map')
    return { network: createNetwork(header, { T: 1, N: 0 }), input: { bytes: input, tokens: NO_TOKENS } };
  const prompt = tokensOfBytes(input);
  const posted = header.form === 'decoder' ? tokensOfBytes(output) : NO_TOKENS;
  const tokens = Uint32Array.of(...prompt, ...posted);
  const outside = tokens.find((token) => token >= header.vocabulary);
  const T = header.form === 'decoder' ? tokens.length - 1 : tokens.length;
  if (outside !== undefined || T < 1 || T > header.maxT)
    throw new AivmError('malformed', `text: ${T} rows; the network takes 1…${header.maxT} of known tokens`);
  return { network: createNetwork(header, { T, N: posted.length }), input: { bytes: NO_BYTES, tokens } };
}
