import { AivmError } from '@aivm/core/errors';
import type { Sender } from '../sender/create-sender.ts';
import type { FactsReader, ModelFacts } from './model-facts.ts';
import { inputToBytes } from './model-payload.ts';

/** What a task may say besides its model and its input; everything has a default. */
export interface SubmitTaskOptions {
  /** Made up when left out. A task of the same id is submitted once. */
  readonly id?: string | undefined;
  /** What it pays, in the smallest unit: 5,000,000, or what the longest answer of a network costs. */
  readonly fee?: bigint | undefined;
  /** `inference` when left out. */
  readonly type?: string | undefined;
  /** New tokens that a decoder may write; as many as fit when left out. */
  readonly maxNew?: number | undefined;
  /** `redundant`: several providers answer and most of them decide. `chain`: what the chain does by itself. */
  readonly mode?: 'chain' | 'redundant' | undefined;
  /** Providers of a redundant task, odd. */
  readonly n?: number | undefined;
  /** Refunded after so many blocks; the chain's own when left out. */
  readonly deadlineBlocks?: number | undefined;
  /** The most that is burned to be admitted; four times the price of an empty queue when left out. */
  readonly maxAdmission?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A task that is in a block. */
export interface SubmittedTask {
  readonly id: string;
  readonly model: ModelFacts;
  /** As it went on chain. */
  readonly input: Uint8Array;
  /** What one provider of it is offered. */
  readonly fee: bigint;
  /** Height of the block that admitted it. */
  readonly height: number;
  /** Hash of the transaction, 32 bytes. */
  readonly transaction: Uint8Array;
  /** New tokens that its answer may have; 0 for models that are no decoders. */
  readonly maxNew: number;
}

/** What a provider is paid for the longest answer. What is burned to admit the task comes on top. */
export interface Quote {
  readonly fee: bigint;
  readonly maxNew: number;
}

const FEE = 5_000_000n;
const TOKEN_BYTES = 4;
const MODES = { chain: 0, redundant: 1 } as const;

const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);

/** An id that nobody else takes: when, and a number that two of one millisecond do not share. */
const newTaskId = (): string => {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return `task-${Date.now().toString(36)}-${(words[0] as number).toString(36)}${(words[1] as number).toString(36)}`;
};

function newTokens(
  { info, network }: ModelFacts,
  input: Uint8Array,
  asked: number | undefined,
  bytesMax: number,
) {
  if (network?.form !== 'decoder') return 0;
  const prompt = input.length / TOKEN_BYTES;
  const most = Math.min(network.maxNew, network.maxT - prompt + 1, Math.floor(bytesMax / TOKEN_BYTES));
  if (most < 1)
    throw new AivmError(
      'invalid_input',
      `input: ${prompt} tokens leave no place for a new one; model "${info.id}" takes ${network.maxT}`,
    );
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1 || asked > most))
    throw new AivmError(
      'invalid_input',
      `maxNew: ${asked}; model "${info.id}" writes 1…${most} after ${prompt} tokens`,
    );
  return asked ?? most;
}

/**
 * What a task of this model and input pays: the usual fee, and for a network at least what its longest answer costs.
 * @throws AivmError `unknown_model`, `invalid_input`
 */
export async function quoteTask(
  facts: FactsReader,
  model: ModelFacts,
  input: Uint8Array,
  asked?: number | undefined,
): Promise<Quote> {
  const { params } = await facts.getConfig();
  const maxNew = newTokens(model, input, asked, params.maxOutputBytes);
  const work = model.network?.workOf(input.length / TOKEN_BYTES, maxNew) ?? 0n;
  return { fee: larger(larger(FEE, params.feeFloor), work * params.workUnitPrice), maxNew };
}

/** Signs and posts one task, and waits until it is in a block. @throws DeliveryError, AivmError `unknown_model`, `invalid_input` */
export async function submitTask(
  { facts, sender }: { readonly facts: FactsReader; readonly sender: () => Promise<Sender> },
  modelId: string,
  input: unknown,
  options: SubmitTaskOptions = {},
): Promise<SubmittedTask> {
  const model = await facts.getModel(modelId);
  const bytes = await inputToBytes(input, model);
  const quote = await quoteTask(facts, model, bytes, options.maxNew);
  const { id = newTaskId(), fee = quote.fee, type = 'inference', mode = 'chain', n = 0 } = options;
  const operation = {
    kind: 'submitTask',
    id,
    taskType: type,
    model: modelId,
    input: bytes,
    fee,
    mode: MODES[mode],
    n,
    maxNew: quote.maxNew,
    maxAdmission: options.maxAdmission ?? 0n,
    deadlineBlocks: BigInt(options.deadlineBlocks ?? 0),
  } as const;
  const sending = options.signal === undefined ? {} : { signal: options.signal };
  const { hash, height = 0 } = await (await sender()).send(operation, sending);
  return { id, model, input: bytes, fee, height, transaction: hash, maxNew: quote.maxNew };
}
