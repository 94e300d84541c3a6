import { readFile } from 'node:fs/promises';
import type { LoadedNetwork, NetworkEngineName } from '@aivm/backends';
import { utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  createNetwork,
  ELEMENT_RANGE,
  ELEMENT_SIZE,
  isNarrow,
  type NetworkHeader,
  openTokenizer,
  type Shape,
  sizeOf,
  tokenizerOfHeader,
  viewElements,
} from '@aivm/core/network';
import { type CliContext, outputFor, throwIfInterrupted, UsageError } from '../cli-context.ts';
import { plainText } from '../plain-text.ts';

export interface RunOptions {
  readonly json?: boolean;
  readonly prompt?: string;
  readonly tokens?: string;
  readonly input?: string;
  readonly maxNew?: number;
  readonly backend: NetworkEngineName;
}

const BYTE_VOCABULARY = 256;

/** Runs a network that is in files and prints what it gives: tokens as they come, or the output's elements. */
export async function runNetworkFiles(
  directory: string,
  options: RunOptions,
  context: CliContext,
): Promise<void> {
  const { chooseNetworkEngine, readNetworkBlob, readNetworkFiles } = await import('@aivm/backends');
  const { backend } = options;
  const { engine } = chooseNetworkEngine({
    environment: context.env,
    ...(backend === 'auto' ? {} : { name: backend }),
  });
  const files = await readNetworkFiles(directory);
  const { header } = files;
  const blob = await readNetworkBlob(files);
  const network = engine.load(header, blob);
  if (header.form === 'decoder') return continueText(network, blob, options, context);
  const output = outputFor(context, options);
  const tokens = header.form === 'encoder' ? tokensOf(header, options, blob) : new Uint32Array(0);
  const size = { T: Math.max(1, tokens.length), N: 0 };
  if (header.form === 'encoder' && (tokens.length === 0 || tokens.length > header.maxT))
    throw new UsageError(`a text has 1…${header.maxT} tokens, got ${tokens.length}`);
  const running = createNetwork(header, size);
  const bytes =
    running.input === undefined ? new Uint8Array(0) : await readInput(running.input, options.input);
  const trace = await network.pass({ network: running, input: { bytes, tokens } });
  const last = header.operators[header.operators.length - 1]!.output;
  const { type } = last;
  const copy = Uint8Array.from(trace.output);
  const elements = [...viewElements(type, copy.buffer, 0, copy.length / ELEMENT_SIZE[type])].map(Number);
  output.line(`[${elements.join(',')}]`);
  output.json({ output: elements });
}

/** Tokens of `--prompt` or `--tokens`. */
function tokensOf(
  header: NetworkHeader,
  { prompt, tokens, input }: RunOptions,
  blob: Uint8Array,
): Uint32Array {
  const { vocabulary } = header;
  if (input !== undefined || (prompt === undefined) === (tokens === undefined))
    throw new UsageError('this network reads a text: give one of --prompt TEXT and --tokens LIST');
  const list = prompt !== undefined ? tokensOfText(header, prompt, blob) : tokens!.split(',').map(Number);
  const wrong = list.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
  if (wrong !== undefined)
    throw new UsageError(`--tokens: each is an integer 0…${vocabulary - 1}, got ${wrong}`);
  return Uint32Array.from(list);
}

/** Tokens as the header's tokenizer makes them, or the bytes of UTF-8. */
function tokensOfText(header: NetworkHeader, text: string, blob: Uint8Array): readonly number[] {
  const tokenizer = header.form === 'encoder' ? tokenizerOfHeader(header) : undefined;
  if (tokenizer === undefined && header.vocabulary === BYTE_VOCABULARY) return [...utf8ToBytes(text)];
  if (tokenizer === undefined)
    throw new UsageError(
      `--prompt: the vocabulary has ${header.vocabulary} tokens, not those of bytes; give --tokens`,
    );
  const { place, bytes } = tokenizer;
  return openTokenizer(header, tokenizer, blob.subarray(place, place + bytes)).encode(text);
}

async function continueText(
  network: LoadedNetwork,
  blob: Uint8Array,
  options: RunOptions,
  context: CliContext,
): Promise<void> {
  const { header } = network;
  const prompt = tokensOf(header, options, blob);
  const room = header.maxT - prompt.length + 1;
  const maxNew = options.maxNew ?? Math.min(header.maxNew, Math.max(room, 1));
  if (prompt.length < 1 || room < 1)
    throw new UsageError(`a text has 1…${header.maxT} tokens, got ${prompt.length}`);
  if (maxNew > header.maxNew || maxNew > room)
    throw new UsageError(
      `--max-new: at most ${Math.min(header.maxNew, room)} behind ${prompt.length} tokens, got ${maxNew}`,
    );
  const output = outputFor(context, options);
  const people = output.isJson ? context.stderr : context.stdout;
  const isText = header.vocabulary === BYTE_VOCABULARY;
  const decoder = new TextDecoder();
  const tokens: number[] = [];
  let text = '';
  const started = performance.now();
  for await (const token of network.generate(prompt, maxNew)) {
    throwIfInterrupted(context.signal);
    tokens.push(token);
    if (header.endTokens.includes(token)) break;
    const piece = isText ? decoder.decode(Uint8Array.of(token), { stream: true }) : `${token} `;
    text += piece;
    people.write(piece === '\n' ? piece : plainText(piece));
  }
  people.write('\n');
  const seconds = (performance.now() - started) / 1_000;
  output.note(
    `${tokens.length} tokens in ${seconds.toFixed(1)} s, ${(tokens.length / seconds).toFixed(1)} a second`,
  );
  output.json({ tokens, ...(isText ? { text } : {}), seconds });
}

/** The bytes of a map's input, from a file of bytes or of a JSON array. */
async function readInput(shape: Shape, path: string | undefined): Promise<Uint8Array> {
  if (path === undefined)
    throw new UsageError(`this network reads ${shape.count} elements of ${shape.type}: give --input FILE`);
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new AivmError('not_found', `${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`);
  });
  const bytes = path.endsWith('.json') ? elementsOfJson(shape, path, file) : new Uint8Array(file);
  if (bytes.length !== sizeOf(shape))
    throw new AivmError('malformed', `${path}: ${bytes.length} bytes; the input has ${sizeOf(shape)}`);
  return bytes;
}

function elementsOfJson({ type, count }: Shape, path: string, file: Uint8Array): Uint8Array {
  const list = parseList(path, file);
  const [low, high] = isNarrow(type) ? ELEMENT_RANGE[type] : [-(2 ** 53), 2 ** 53];
  if (list.length !== count)
    throw new AivmError('malformed', `${path}: ${list.length} elements; the input has ${count}`);
  const elements = viewElements(type, new ArrayBuffer(count * ELEMENT_SIZE[type]), 0, count);
  for (const [index, value] of list.entries()) {
    if (!Number.isInteger(value) || value < low || value > high)
      throw new AivmError('malformed', `${path}: element ${index} is ${value}; ${type} holds ${low}…${high}`);
    elements[index] = elements instanceof BigInt64Array ? BigInt(value) : value;
  }
  return new Uint8Array(elements.buffer);
}

function parseList(path: string, file: Uint8Array): readonly number[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(file));
  } catch {
    throw new AivmError('malformed', `${path}: no JSON; expected an array of integers`);
  }
  if (!Array.isArray(value) || !value.every((member) => typeof member === 'number'))
    throw new AivmError('malformed', `${path}: expected an array of integers`);
  return value;
}
