import { AivmError } from '@aivm/core/errors';
import { ELEMENT_SIZE, type ElementType, viewElements } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import type { Client } from '../client/create-client.ts';
import { bytesToPayload, payloadToBytes } from '../shapes/payload.ts';
import type { ModelFacts } from './model-facts.ts';
import { bytesToTokens, type NetworkFacts, readHeader, tokensToBytes } from './network-facts.ts';

function int8Map(input: readonly unknown[], { inputBytes }: NetworkFacts, model: string): Uint8Array {
  if (input.length !== inputBytes)
    throw new AivmError(
      'invalid_input',
      `input: ${input.length} values; model "${model}" takes ${inputBytes} int8`,
    );
  return payloadToBytes(input, CheckClass.int8Kernel, 'input');
}

function tokenList(input: readonly unknown[], { vocabulary }: NetworkFacts, model: string): Uint8Array {
  const wrong = input.findIndex(
    (token) => !Number.isInteger(token) || (token as number) < 0 || (token as number) >= vocabulary,
  );
  if (wrong >= 0)
    throw new AivmError(
      'invalid_input',
      `input[${wrong}]: ${String(input[wrong]).slice(0, 40)}; a token of model "${model}" is an integer 0…${vocabulary - 1}`,
    );
  return tokensToBytes(input as readonly number[]);
}

async function networkInput(
  input: unknown,
  network: NetworkFacts,
  { info: { id: model }, tokenize }: ModelFacts,
): Promise<Uint8Array> {
  if (typeof input === 'string') {
    if (network.isText) return tokensToBytes(await tokenize(input));
    throw new AivmError(
      'invalid_input',
      `input: a text; model "${model}" takes ${network.form === 'map' ? `${network.inputBytes} int8` : `tokens 0…${network.vocabulary - 1}`}`,
    );
  }
  if (!Array.isArray(input))
    throw new AivmError(
      'invalid_input',
      `input: expected ${network.isText ? 'a text or ' : ''}an array of integers`,
    );
  return network.form === 'map' ? int8Map(input, network, model) : tokenList(input, network, model);
}

/**
 * The bytes that go on chain: those that are given, 32 int8 of an int8-kernel model, text, tokens or int8 of a network,
 * and the canonical form of any JSON of an opaque model.
 * @throws AivmError `invalid_input` or `malformed` that names the place
 */
export async function inputToBytes(input: unknown, model: ModelFacts): Promise<Uint8Array> {
  const { info, network } = model;
  if (input instanceof Uint8Array) return input;
  if (network !== undefined) return networkInput(input, network, model);
  const checkClass = info.check_class === 'int8-kernel' ? CheckClass.int8Kernel : CheckClass.opaque;
  return payloadToBytes(input, checkClass, 'input');
}

function elementsOf(type: ElementType, bytes: Uint8Array): readonly number[] {
  const copy = Uint8Array.from(bytes);
  return [...viewElements(type, copy.buffer, 0, copy.length / ELEMENT_SIZE[type])].map(Number);
}

/** Text of the bytes that tokens are, up to an end token. What is no UTF-8 shows as the replacement character. */
function tokensToText(tokens: readonly number[], endTokens: readonly number[]): string {
  const end = tokens.findIndex((token) => endTokens.includes(token));
  return new TextDecoder().decode(Uint8Array.from(end < 0 ? tokens : tokens.slice(0, end)));
}

/**
 * What an output says: text of a decoder whose tokens are bytes, tokens of another, the elements of what other networks
 * give, int8 of an int8-kernel model, and the JSON of an opaque one (base64 where it is none).
 */
export async function bytesToOutput(
  output: Uint8Array,
  { info, network }: ModelFacts,
  client: Client,
): Promise<unknown> {
  if (network === undefined) {
    const checkClass = info.check_class === 'int8-kernel' ? CheckClass.int8Kernel : CheckClass.opaque;
    return bytesToPayload(output, checkClass).value;
  }
  if (network.form === 'decoder') {
    const tokens = bytesToTokens(output);
    return network.isText ? tokensToText(tokens, network.endTokens) : tokens;
  }
  const { operators } = await readHeader(client, info.hash);
  const last = operators[operators.length - 1];
  return last === undefined ? [...output] : elementsOf(last.output.type, output);
}
