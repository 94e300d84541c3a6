import { AivmError } from '../../errors/aivm-error.ts';
import { type Dimension, isSymbol, resolveDimension } from '../model/dimension.ts';
import { equalDims, resolveTensor, showTensor, sizeOf, type TensorSpec } from '../model/tensor.ts';
import { ALIGNMENT } from '../model/weight-row.ts';
import type { Form, Operator, OperatorSpec } from '../operators/operator.ts';
import { operatorOf } from '../operators/table.ts';
import { leafCountOf } from '../trace/tree-shape.ts';
import { witnessBound } from '../trace/witness-bound.ts';
import { requireCausal } from './causality.ts';
import { largestText, type NetworkFacts, networkFacts } from './facts.ts';
import { HEADER_VERSION, type NetworkHeader, type Repeat, TASK_INPUT } from './header.ts';
import { createNetwork, runningOperator } from './network.ts';
import { operatorName, operatorSpec, tensorOfInput } from './operator-spec.ts';
import { spansOf } from './spans.ts';

/** Bounds that a chain sets. */
export interface NetworkLimits {
  readonly maxWitnessBytes: number;
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
}

/** Rows of the longest pass: a row of exponentials is one segment, and Σ E·v is exact in a double. */
export const T_MAX = 4_096;
const UNROLLED_MAX = 65_536;
const MACS_MAX = 16_384;
const ELEMENTS_MAX = 2 ** 40;
const BLOB_BYTES_MAX = 2 ** 40;
const TRACE_BYTES_MAX = 2 ** 39;
const WORK_MAX = 2n ** 50n;

function requireHeader(condition: boolean, detail: () => string): asserts condition {
  if (!condition) throw new AivmError('model_refused', `header: ${detail()}`);
}

/**
 * Holds a header against every rule: fields, repeats, then each operator in order (inputs, axes, types, shapes,
 * attributes, work of a unit, place), then the whole, and last each operator's witness. Refuses by name.
 *
 * @throws AivmError `model_refused`
 */
export function validateNetworkHeader(header: NetworkHeader, limits: NetworkLimits): NetworkFacts {
  requireFields(header, limits);
  requireRepeats(header);
  for (const index of header.operators.keys()) requireOperator(header, index);
  for (const repeat of header.repeats) requireCarriedTensor(header, repeat);
  const facts = networkFacts(header);
  requireHeader(
    facts.traceBytesMax < TRACE_BYTES_MAX,
    () => `the largest trace has ${facts.traceBytesMax} bytes; it must stay below 2^39`,
  );
  requireHeader(facts.workMax < WORK_MAX, () => `the most work is ${facts.workMax}; it must stay below 2^50`);
  requireOutput(header, limits);
  requireWitnesses(header, facts, limits);
  return facts;
}

function requireFields(header: NetworkHeader, limits: NetworkLimits): void {
  const { version, form, maxT, vocabulary, endTokens, maxNew, blobBytes, input, operators } = header;
  requireHeader(version === HEADER_VERSION, () => `version is ${version}; it must be ${HEADER_VERSION}`);
  requireHeader(operators.length > 0, () => 'there are no operators');
  requireHeader(blobBytes <= BLOB_BYTES_MAX, () => `blobBytes is ${blobBytes}; at most 2^40`);
  const isText = form !== 'map';
  const isDecoder = form === 'decoder';
  const least = isText ? 1 : 0;
  requireHeader(
    maxT >= 1 && maxT <= (isText ? T_MAX : 1),
    () => `maxT is ${maxT}; it must be ${isText ? `1…${T_MAX}` : '1 for a map'}`,
  );
  requireHeader(
    isText ? vocabulary >= 1 : vocabulary === 0,
    () => `vocabulary is ${vocabulary}; it must be ${isText ? 'at least 1' : '0 for a map'}`,
  );
  requireHeader(
    isDecoder ? maxNew >= least && maxNew <= maxT : maxNew === 0,
    () => `maxNew is ${maxNew}; it must be ${isDecoder ? `1…maxT (${maxT})` : `0 for ${form}`}`,
  );
  requireHeader(
    isDecoder || endTokens.length === 0,
    () => `there are ${endTokens.length} end tokens; only a decoder has some`,
  );
  for (const [i, token] of endTokens.entries())
    requireHeader(
      token < vocabulary && (i === 0 || token > endTokens[i - 1]!),
      () => `end token ${i} is ${token}; end tokens ascend and are below the vocabulary of ${vocabulary}`,
    );
  requireHeader((input !== undefined) === !isText, () =>
    isText ? `an input is stated; that of ${form} is its tokens` : 'no input is stated; a map needs one',
  );
  if (input === undefined) return;
  requireAxes('header: the input', header, input);
  const bytes = sizeOf(resolveTensor(input, largestText(header)));
  requireHeader(
    bytes <= limits.maxInputBytes,
    () => `the input has ${bytes} bytes; at most ${limits.maxInputBytes}`,
  );
}

function requireRepeats({ repeats, operators }: NetworkHeader): void {
  let free = 1;
  let unrolled = operators.length;
  for (const [i, { count, first, last, blobStride }] of repeats.entries()) {
    requireHeader(
      first >= free && last >= first && last < operators.length,
      () =>
        `repeat ${i} is ${first}…${last}; it must be behind operator ${free - 1}, ascend, and end before ${operators.length}`,
    );
    requireHeader(count >= 1, () => `repeat ${i} has count ${count}; at least 1`);
    requireHeader(
      blobStride % ALIGNMENT === 0,
      () => `repeat ${i} has blobStride ${blobStride}; it must be a multiple of ${ALIGNMENT}`,
    );
    unrolled += (count - 1) * (last - first + 1);
    requireHeader(
      unrolled <= UNROLLED_MAX,
      () => `there are ${unrolled} operators after repeat ${i} is unrolled; at most ${UNROLLED_MAX}`,
    );
    free = last + 1;
  }
}

/** The repeat's last tensor takes the place of the one before it. */
function requireCarriedTensor({ operators }: NetworkHeader, { first, last }: Repeat): void {
  const [before, after] = [operators[first - 1]!.output, operators[last]!.output];
  requireHeader(
    before.type === after.type && equalDims(before.dims, after.dims),
    () =>
      `repeat ${first}…${last} ends in ${showTensor(after)}; it must be ${showTensor(before)}, as what stands before it`,
  );
}

/** The lengths that follow the text, where there is one. */
const SYMBOLS: Readonly<Record<Form, readonly Dimension[]>> = {
  map: [],
  encoder: ['T'],
  decoder: ['T', 'N'],
};

/** Symbols that the form has, and a bounded number of elements. */
function requireAxes(name: string, header: NetworkHeader, tensor: TensorSpec): void {
  const allowed = SYMBOLS[header.form];
  let elements = 1;
  for (const length of tensor.dims) {
    if (isSymbol(length) && !allowed.includes(length))
      throw new AivmError(
        'model_refused',
        `${name}: has an axis ${length}, which ${header.form} does not have`,
      );
    elements *= resolveDimension(length, largestText(header));
    if (elements >= ELEMENTS_MAX)
      throw new AivmError(
        'model_refused',
        `${name}: has ${elements} elements or more; it must stay below 2^40`,
      );
  }
}

function requireOperator(header: NetworkHeader, index: number): void {
  const written = header.operators[index]!;
  const name = operatorName(index, written);
  const operator = operatorOf(written.kind);
  const refuse = (detail: string): never => {
    throw new AivmError('model_refused', `${name}: ${detail}`);
  };
  const [least, most] = operator.inputCount;
  const { inputs, place } = written;
  if (inputs.length < least || inputs.length > most)
    refuse(`has ${inputs.length} inputs; it must have ${least === most ? least : `${least}…${most}`}`);
  for (const input of inputs) {
    if (input !== TASK_INPUT && input >= index)
      refuse(`reads tensor ${input}; it must read tensors below its own`);
    if (tensorOfInput(header, input) === undefined)
      refuse(`reads the task's input, which ${header.form} does not have as a tensor`);
    const inside = header.repeats.find(({ first, last }) => last < index && input >= first && input < last);
    if (inside !== undefined)
      refuse(
        `reads tensor ${input} inside of repeat ${inside.first}…${inside.last}; only its last one can be read`,
      );
  }
  requireAxes(name, header, written.output);
  const spec = operatorSpec(header, index);
  operator.check(spec);
  requireCausal(spec, operator);
  const macs = resolveDimension(operator.macs(spec), largestText(header));
  if (macs > MACS_MAX) refuse(`a unit takes ${macs} multiply–adds; at most ${MACS_MAX}`);
  requirePlace(header, index, operator, spec, place);
}

function requirePlace(
  header: NetworkHeader,
  index: number,
  operator: Operator<unknown>,
  spec: OperatorSpec<unknown>,
  place: number,
): void {
  const size = operator.blobSize(spec);
  const repeat = header.repeats.find(({ first, last }) => index >= first && index <= last);
  const end = place + (repeat === undefined ? 0 : (repeat.count - 1) * repeat.blobStride) + size;
  const detail =
    size === 0
      ? place !== 0 && `place is ${place}; it must be 0, because ${header.operators[index]!.kind} has no rows`
      : place % ALIGNMENT !== 0
        ? `place is ${place}; it must be a multiple of ${ALIGNMENT}`
        : end > header.blobBytes && `its rows end at byte ${end}; the blob has ${header.blobBytes}`;
  if (detail !== false) throw new AivmError('model_refused', `${spec.name}: ${detail}`);
}

function requireOutput(header: NetworkHeader, limits: NetworkLimits): void {
  const output = header.operators[header.operators.length - 1]!.output;
  if (header.form === 'decoder') {
    requireHeader(
      output.type === 'u32' && equalDims(output.dims, ['N']),
      () => `the output is ${showTensor(output)}; that of a decoder must be u32 [N], the posted tokens`,
    );
    return;
  }
  const bytes = sizeOf(resolveTensor(output, largestText(header)));
  requireHeader(
    bytes <= limits.maxOutputBytes,
    () => `the output has ${bytes} bytes; at most ${limits.maxOutputBytes}`,
  );
}

function requireWitnesses(header: NetworkHeader, facts: NetworkFacts, limits: NetworkLimits): void {
  const network = createNetwork(header, largestText(header));
  const leaves = {
    traceLeaves: leafCountOf(facts.traceBytesMax),
    blobLeaves: leafCountOf(header.blobBytes),
  };
  for (const { first, length, start } of spansOf(header)) {
    for (let i = 0; i < length; i++) {
      const { operator, node, inputs } = runningOperator(network, start + i);
      const reads = operator
        .reads(node)
        .filter(({ source }) => source === 'blob' || inputs[source] !== TASK_INPUT);
      const bound = witnessBound(reads, leaves);
      if (bound > limits.maxWitnessBytes)
        throw new AivmError(
          'model_refused',
          `${operatorName(first + i, header.operators[first + i]!)}: a witness takes up to ${bound} bytes; at most ${limits.maxWitnessBytes}`,
        );
    }
  }
}
