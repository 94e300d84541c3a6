import { AivmError } from '@aivm/core/errors';
import { createNetwork, type Network, type NetworkInput, parseNetworkHeader } from '@aivm/core/network';

const TOKEN_BYTES = 4;

/** The pass over a network that an output is judged by. */
export interface TaskPass {
  readonly network: Network;
  readonly input: NetworkInput;
}

/**
 * The pass over a network from the bytes of its header, a task's input and the posted output.
 *
 * @throws AivmError `malformed` if input and output are no text of the network
 * @example passOfTask(conviction).network.header.form // 'map'
 */
export function passOfTask({
  header: bytesOfHeader,
  input,
  output,
}: {
  readonly header: Uint8Array;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}): TaskPass {
  const header = parseNetworkHeader(bytesOfHeader);
  if (header.form === 'map')
    return {
      network: createNetwork(header, { T: 1, N: 0 }),
      input: { bytes: input, tokens: new Uint32Array(0) },
    };
  const posted = header.form === 'decoder' ? tokensOf(output) : [];
  const tokens = Uint32Array.of(...tokensOf(input), ...posted);
  const T = header.form === 'decoder' ? tokens.length - 1 : tokens.length;
  if (T < 1 || T > header.maxT || tokens.some((token) => token >= header.vocabulary))
    throw new AivmError('malformed', 'input and output are no text of the network');
  return {
    network: createNetwork(header, { T, N: posted.length }),
    input: { bytes: new Uint8Array(0), tokens },
  };
}

function tokensOf(payload: Uint8Array): readonly number[] {
  if (payload.length % TOKEN_BYTES !== 0)
    throw new AivmError('malformed', `${payload.length} bytes are no tokens of ${TOKEN_BYTES}`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: payload.length / TOKEN_BYTES }, (_, i) =>
    view.getUint32(i * TOKEN_BYTES, true),
  );
}
