import { hexToBytes } from '@aivm/core/bytes';

/** Format tag of the vector files this suite reads. */
const VECTOR_SCHEMA = 'aivm-vectors/1';

/** One vector file as it lies on disk or came over a network. */
export interface VectorText {
  readonly name: string;
  readonly text: string;
}

/** One kernel call: bytes before and bytes expected after, by argument name. */
export interface VectorCase {
  readonly name: string;
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Uint8Array>>;
  readonly outputs: Readonly<Record<string, Uint8Array>>;
}

/** One round of a pipeline case, as the file spells it. */
export interface PipelineRound {
  readonly Desc: string;
  readonly AttOps: string;
  readonly ModelOps: string;
  readonly AnchorOps: string;
  readonly AttApplied: number;
  readonly ModelApplied: number;
  readonly AnchorApplied: number;
  readonly AttestationRoot: string;
  readonly ModelRegistryRoot: string;
  readonly AuditRoot: string;
  readonly StateRoot: string;
  readonly Epoch: string;
}

/** Several rounds over tables that start zeroed. */
export interface PipelineCase {
  readonly name: string;
  readonly attSlots: number;
  readonly modelSlots: number;
  readonly anchorSlots: number;
  readonly rounds: readonly PipelineRound[];
}

/** A parsed vector file: cases of one kernel call each, or pipelines. */
export type VectorFile =
  | { readonly kind: 'calls'; readonly name: string; readonly cases: readonly VectorCase[] }
  | { readonly kind: 'pipelines'; readonly name: string; readonly cases: readonly PipelineCase[] };

interface RawCase {
  readonly name: string;
  readonly tags?: readonly string[];
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Reads one vector file.
 * @throws TypeError that names the file when it is not a vector file of this schema
 */
export function parseVectorFile({ name, text }: VectorText): VectorFile {
  const file = parseJson(name, text) as { schema?: unknown; kernel?: unknown; cases?: unknown };
  if (file.schema !== VECTOR_SCHEMA) {
    throw new TypeError(`${name}: expected schema ${VECTOR_SCHEMA}, got ${String(file.schema)}`);
  }
  if (typeof file.kernel !== 'string' || !Array.isArray(file.cases) || file.cases.length === 0) {
    throw new TypeError(`${name}: expected a kernel and at least one case`);
  }
  if (file.kernel === 'pipeline') return { kind: 'pipelines', name, cases: file.cases as PipelineCase[] };
  const kernel = file.kernel;
  const cases = (file.cases as RawCase[]).map((raw) => ({
    name: raw.name,
    kernel: kernel === 'edge' ? kernelOfTags(name, raw) : kernel,
    inputs: decodeAll(raw.inputs),
    outputs: decodeAll(raw.outputs),
  }));
  return { kind: 'calls', name, cases };
}

function parseJson(name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new TypeError(`${name}: expected JSON`, { cause });
  }
  throw new TypeError(`${name}: expected a JSON object`);
}

/** Edge files mix kernels: their first tag says which. */
function kernelOfTags(fileName: string, { name, tags }: RawCase): string {
  const tag = tags?.[0] ?? '';
  if (!tag.startsWith('kernel='))
    throw new TypeError(`${fileName}: ${name}: expected the tag kernel=NAME first`);
  return tag.slice('kernel='.length);
}

const decodeAll = (values: Readonly<Record<string, string>>): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(values).map(([name, hex]) => [name, hexToBytes(hex, name)]));
