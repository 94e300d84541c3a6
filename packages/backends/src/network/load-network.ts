import { createNetwork, type NetworkHeader } from '@aivm/core/network';
import type { LoadedNetwork } from './network-engine.ts';
import { RowDecoder } from './row-decoder.ts';
import { planRows } from './row-plan.ts';
import type { RunOperator } from './run-operator.ts';
import { runPass } from './run-pass.ts';
import { createTimeSlice } from './time-slice.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * A network whose operators are computed by `createRun`'s function.
 *
 * @param createRun called once, with the weights at a multiple of 8
 */
export function loadNetwork(
  header: NetworkHeader,
  blob: Uint8Array,
  createRun: (weights: Uint8Array) => RunOperator,
): LoadedNetwork {
  if (blob.length !== header.blobBytes)
    throw new RangeError(`blob: expected ${header.blobBytes} bytes, got ${blob.length}`);
  // Rows and tables are read as arrays of up to 8 bytes an element.
  const weights = blob.byteOffset % 8 === 0 ? blob : Uint8Array.from(blob);
  const run = createRun(weights);
  const plan = header.form === 'decoder' ? planRows(header) : { reason: `${header.form} is no decoder` };
  const isIncremental = 'steps' in plan;
  return {
    header,
    isIncremental,
    generate: (prompt, maxNew) => {
      requireText(header, prompt, maxNew);
      const next = isIncremental
        ? rowByRow(new RowDecoder(plan, weights, prompt.length + maxNew - 1, run), prompt)
        : passByPass(header, weights, run, prompt, maxNew);
      return untilEnd(next, header.endTokens, maxNew);
    },
    pass: (parameters) => runPass(parameters, weights, run),
  };
}

function requireText(header: NetworkHeader, prompt: Uint32Array, maxNew: number): void {
  const { form, maxT, vocabulary } = header;
  if (form !== 'decoder') throw new RangeError(`network: expected a decoder, got a network of form ${form}`);
  if (prompt.length === 0) throw new RangeError('prompt: expected at least 1 token, got none');
  const outside = prompt.find((token) => token >= vocabulary);
  if (outside !== undefined)
    throw new RangeError(`prompt: expected tokens below the vocabulary of ${vocabulary}, got ${outside}`);
  if (!Number.isInteger(maxNew) || maxNew < 1 || maxNew > header.maxNew)
    throw new RangeError(`maxNew: expected 1…${header.maxNew}, got ${maxNew}`);
  if (prompt.length + maxNew - 1 > maxT)
    throw new RangeError(
      `text: expected prompt + maxNew − 1 of at most ${maxT} tokens, got ${prompt.length + maxNew - 1}`,
    );
}

/** Tokens of a text without end. */
type Tokens = AsyncGenerator<number, void, undefined>;

async function* untilEnd(tokens: Tokens, endTokens: readonly number[], maxNew: number): Tokens {
  let count = 0;
  for await (const token of tokens) {
    yield token;
    if (++count === maxNew || endTokens.includes(token)) return;
  }
}

async function* rowByRow(decoder: RowDecoder, prompt: Uint32Array): Tokens {
  const pause = createTimeSlice();
  let token = -1;
  for (const [index, read] of prompt.entries()) {
    token = decoder.read(read, index === prompt.length - 1);
    await pause();
  }
  for (;;) {
    yield token;
    token = decoder.read(token, true);
    await pause();
  }
}

/** For decoders that cannot be run row by row: the whole text again for each token. */
async function* passByPass(
  header: NetworkHeader,
  blob: Uint8Array,
  run: RunOperator,
  prompt: Uint32Array,
  maxNew: number,
): Tokens {
  const text = new Uint32Array(prompt.length + maxNew);
  text.set(prompt);
  for (let length = prompt.length; ; length++) {
    const network = createNetwork(header, { T: length, N: 1 });
    const { output } = await runPass({ network, input: { bytes: NO_BYTES, tokens: text } }, blob, run);
    const token = new DataView(output.buffer, output.byteOffset).getUint32(0, true);
    text[length] = token;
    yield token;
  }
}
