import { AivmError, assert } from '../../errors/aivm-error.ts';
import {
  createNetwork,
  evaluatePolynomial,
  largestText,
  type Network,
  type NetworkFacts,
  type NetworkHeader,
  outputPolynomial,
  parseNetworkHeader,
  sizeOf,
  type TextSize,
} from '../../network/index.ts';
import { readNetwork, readNetworkHeader } from '../../state/read.ts';
import { NETWORK_FORMS, type NetworkRecord } from '../../state/records/network.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { StateReader } from '../../state/state-view.ts';

/** Bytes of a token, as inputs and outputs carry it: u32, little-endian. */
export const TOKEN_BYTES = 4;

/** What the state keeps of a header whose rules were checked. */
export function networkRecordOf(header: NetworkHeader, facts: NetworkFacts): NetworkRecord {
  const { form, maxT, vocabulary, endTokens, maxNew, blobBytes } = header;
  const { input } = createNetwork(header, largestText(header));
  return {
    form: NETWORK_FORMS.indexOf(form),
    ...{ maxT, vocabulary, endTokens, maxNew, blobBytes },
    inputBytes: input === undefined ? 0 : sizeOf(input),
    outputBytes: outputPolynomial(header),
    work: facts.work,
    maxWork: facts.workMax,
    maxTraceBytes: facts.traceBytesMax,
    maxDepth: facts.depthMax,
  };
}

/** What a task says about its network. */
type NetworkTask = Pick<TaskRecord, 'modelRoot'>;

/** The record of a task's network: models are never taken away. */
export function networkOf(state: StateReader, { modelRoot }: NetworkTask): NetworkRecord {
  const record = readNetwork(state, modelRoot);
  assert(record !== undefined, 'a task of a network without its record');
  return record;
}

/** Rows and new tokens of a text: T = P + N − 1 for a decoder, whose last token is never fed. */
export function textSizeOf({ form }: NetworkRecord, inputBytes: number, newTokens: number): TextSize {
  const prompt = inputBytes / TOKEN_BYTES;
  const name = NETWORK_FORMS[form];
  if (name === 'map') return { T: 1, N: 0 };
  return name === 'encoder' ? { T: prompt, N: 0 } : { T: prompt + newTokens - 1, N: newTokens };
}

/** Work of one pass over such a text. */
export const workOfText = (record: NetworkRecord, size: TextSize): bigint =>
  evaluatePolynomial(record.work, size);

/** Bytes of the answer to such a text. */
export const outputBytesOf = (record: NetworkRecord, size: TextSize): number =>
  Number(evaluatePolynomial(record.outputBytes, size));

/** The tokens in `bytes`. @throws AivmError `invalid_input` if there is none, a part of one, or one beyond the vocabulary */
export function tokensOf(bytes: Uint8Array, vocabulary: number, name: string): Uint32Array {
  const count = bytes.length / TOKEN_BYTES;
  if (!Number.isInteger(count) || count === 0)
    throw new AivmError(
      'invalid_input',
      `${name}: ${bytes.length} bytes; a text is at least one token of ${TOKEN_BYTES} bytes`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tokens = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const token = view.getUint32(i * TOKEN_BYTES, true);
    if (token >= vocabulary)
      throw new AivmError(
        'invalid_input',
        `${name}: token ${i} is ${token}; the vocabulary has 0…${vocabulary - 1}`,
      );
    tokens[i] = token;
  }
  return tokens;
}

/** The network of a task for a text of this size. Cost: decodes the header, and one step for each operator in it. */
export function createTaskNetwork(state: StateReader, { modelRoot }: NetworkTask, size: TextSize): Network {
  const header = readNetworkHeader(state, modelRoot);
  assert(header !== undefined, 'a task of a network without its header');
  return createNetwork(parseNetworkHeader(header), size);
}
