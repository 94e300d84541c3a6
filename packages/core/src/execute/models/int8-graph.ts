import { isZeroBytes } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import {
  networkFacts,
  parseNetworkHeader,
  serializeNetworkHeader,
  validateNetworkHeader,
} from '../../network/index.ts';
import { stateKeys } from '../../state/keys.ts';
import type { Params } from '../../state/params.ts';
import { readNetwork } from '../../state/read.ts';
import { CheckClass, type ModelRecord } from '../../state/records/model.ts';
import { NETWORK_FORMS, type NetworkRecord, networkRecordCodec } from '../../state/records/network.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { longestDisputeBlocks } from '../context/durations.ts';
import { largestFee } from '../context/largest-fee.ts';
import type { ModelClass, TaskMeasure } from './model-class.ts';
import {
  networkOf,
  networkRecordOf,
  outputBytesOf,
  TOKEN_BYTES,
  textSizeOf,
  tokensOf,
  workOfText,
} from './network-record.ts';

const limitsOf = ({ maxWitnessBytes, maxGraphInputBytes, maxOutputBytes }: Params) => ({
  maxWitnessBytes,
  maxInputBytes: maxGraphInputBytes,
  maxOutputBytes,
});

/** The largest fee pays for the largest answer, and a dispute about it ends before its provider's bond can leave. */
function requireAffordable(
  { config, params }: BlockContext,
  { workMax, depthMax }: { readonly workMax: bigint; readonly depthMax: number },
): void {
  const price = workMax * params.workUnitPrice;
  const most = largestFee(config, params);
  requireThat(
    price <= most,
    'model_too_dear',
    () => `header: the most work costs ${price}; the largest fee is ${most}`,
  );
  const blocks = longestDisputeBlocks(config, params, { work: workMax, depth: depthMax });
  requireThat(
    blocks <= params.unbondBlocks,
    'model_too_dear',
    () =>
      `header: a dispute takes up to ${blocks} blocks; a bond may leave after unbondBlocks, ${params.unbondBlocks}`,
  );
}

/** The new tokens that a task asks for, or the most that fit. */
function askedNewTokens({ params }: BlockContext, record: NetworkRecord, asked: number, prompt: number) {
  if (NETWORK_FORMS[record.form] !== 'decoder') {
    requireThat(
      asked === 0,
      'invalid_input',
      () => `maxNew: ${asked}; only a decoder writes tokens, leave it 0`,
    );
    return 0;
  }
  const { maxT, maxNew } = record;
  const most = Math.min(maxNew, maxT - prompt + 1, Math.floor(params.maxOutputBytes / TOKEN_BYTES));
  requireThat(
    most >= 1,
    'invalid_input',
    () => `input: ${prompt} tokens leave no place for a new one; the network takes ${maxT} rows`,
  );
  requireThat(
    asked <= most,
    'invalid_input',
    () => `maxNew: ${asked}; at most ${most} after ${prompt} tokens`,
  );
  return asked === 0 ? most : asked;
}

function checkInput(record: NetworkRecord, input: Uint8Array, model: string): void {
  if (NETWORK_FORMS[record.form] === 'map') {
    requireThat(
      input.length === record.inputBytes,
      'invalid_input',
      () => `input: ${input.length} bytes, model "${model}" takes exactly ${record.inputBytes}`,
    );
    return;
  }
  const { length } = tokensOf(input, record.vocabulary, 'input');
  requireThat(
    length <= record.maxT,
    'invalid_input',
    () => `input: ${length} tokens; model "${model}" takes at most ${record.maxT}`,
  );
}

/** A text ends at its first end token, or with the last token that the task admits, and never before. */
function checkEnd({ endTokens }: NetworkRecord, tokens: Uint32Array, maxNew: number): void {
  const refuse = (detail: string): never => {
    throw new AivmError('invalid_input', `output: ${detail}`);
  };
  if (tokens.length > maxNew) refuse(`${tokens.length} tokens; the task admits ${maxNew}`);
  const end = tokens.findIndex((token) => endTokens.includes(token));
  if (end >= 0 && end !== tokens.length - 1)
    refuse(`token ${end} ends the text; ${tokens.length - 1 - end} follow it`);
  if (end < 0 && tokens.length !== maxNew)
    refuse(`${tokens.length} tokens without an end token; the text goes on to ${maxNew}`);
}

function requireRecord(
  { state }: Pick<BlockContext, 'state'>,
  { id, modelRoot }: ModelRecord,
): NetworkRecord {
  const record = readNetwork(state, modelRoot);
  if (record === undefined) throw new AivmError('not_found', `model "${id}" has no network`);
  return record;
}

function measureTask(
  context: BlockContext,
  operation: OperationOf<'submitTask'>,
  model: ModelRecord,
): TaskMeasure {
  const record = requireRecord(context, model);
  checkInput(record, operation.input, model.id);
  const { length } = operation.input;
  const maxNew = askedNewTokens(context, record, operation.maxNew, length / TOKEN_BYTES);
  return { maxNew, maxWork: workOfText(record, textSizeOf(record, length, maxNew)) };
}

/** Rows and new tokens of a task's answer. */
export const answerSize = (record: NetworkRecord, task: TaskRecord, outputBytes: number) =>
  textSizeOf(record, task.inputBytes, outputBytes / TOKEN_BYTES);

/**
 * Networks of integers of any size. The chain keeps their headers, providers hold their weights, and a dispute is a game
 * about the trace of one pass that ends with one element, which the chain computes.
 */
export const int8Graph = {
  number: CheckClass.int8Graph,
  name: 'int8-graph',
  payload: 'bytes',
  weights: 'held',
  inputBytesMax: ({ maxGraphInputBytes }) => maxGraphInputBytes,
  servedByAll: false,
  isTotal: true,
  judge: { kind: 'game' },

  isComparable: () => true,

  checkRegistration(context, { weights, header, weightHash, deterministic }) {
    requireThat(
      weights.length === 0,
      'malformed',
      () => 'weights: providers hold those of a network, leave it empty',
    );
    requireThat(
      !isZeroBytes(weightHash),
      'malformed',
      () => 'weightHash: zero; it must be the root over the blob',
    );
    requireThat(deterministic, 'malformed', () => 'deterministic: an int8-graph model always is');
    requireAffordable(context, validateNetworkHeader(parseNetworkHeader(header), limitsOf(context.params)));
  },

  hashModel: (owner, { header, weightHash }) => ({
    modelRoot: namedHash('GraphModel', owner, header),
    weightHash,
  }),

  keepModel({ state }, modelRoot, operation) {
    const header = parseNetworkHeader(operation.header);
    state.setRecord(
      stateKeys.network(modelRoot),
      networkRecordCodec,
      networkRecordOf(header, networkFacts(header)),
    );
    state.set(stateKeys.networkHeader(modelRoot), serializeNetworkHeader(header));
  },

  extraDeposit: ({ params }, { header }) => BigInt(parseNetworkHeader(header).blobBytes) * params.blobPrice,

  hashNewWeights({ weights, weightHash }) {
    requireThat(
      weights.length === 0 && !isZeroBytes(weightHash),
      'malformed',
      () => 'weightHash: an int8-graph model names its blob by a root that is not zero',
    );
    return weightHash;
  },

  measureTask,

  checkOutput({ state }, task, output) {
    const record = networkOf(state, task);
    if (NETWORK_FORMS[record.form] === 'decoder') {
      checkEnd(record, tokensOf(output, record.vocabulary, 'output'), task.maxNew);
      return;
    }
    const needed = outputBytesOf(record, answerSize(record, task, 0));
    requireThat(
      output.length === needed,
      'invalid_input',
      () => `output: ${output.length} bytes; this task has exactly ${needed}`,
    );
  },

  workOf({ state }, task, output) {
    const record = networkOf(state, task);
    return workOfText(record, answerSize(record, task, output.length));
  },
} as const satisfies ModelClass;
