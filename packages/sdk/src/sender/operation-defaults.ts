import { ZERO_32 } from '@aivm/core/bytes';
import type { Operation, OperationName, OperationOf } from '@aivm/core/tx';

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What a member of an operation is when nobody says otherwise: nothing, or what the chain does by itself. */
const DEFAULTS = {
  registerProvider: { endpoint: '', gpus: [], models: [] },
  registerModel: {
    modelType: '',
    capabilities: [],
    contextSize: 0,
    parameters: '',
    header: NO_BYTES,
    weights: NO_BYTES,
    weightHash: ZERO_32,
    licenseRoot: ZERO_32,
  },
  submitTask: {
    taskType: 'inference',
    maxAdmission: 0n,
    mode: 0,
    n: 0,
    maxNew: 0,
    deadlineBlocks: 0n,
  },
  submitResult: { error: '', computeTimeMs: 0n, proof: NO_BYTES, sessionSignature: NO_BYTES },
  challenge: { output: NO_BYTES, bond: 0n, rootCommitment: ZERO_32 },
} as const satisfies { readonly [N in OperationName]?: Partial<OperationOf<N>> };

type DefaultsOf<N extends OperationName> = N extends keyof typeof DEFAULTS
  ? keyof (typeof DEFAULTS)[N]
  : never;

type InputOf<O extends Operation> = O extends unknown
  ? Omit<O, DefaultsOf<O['kind']>> & Partial<Pick<O, DefaultsOf<O['kind']> & keyof O>>
  : never;

/** An operation as people write it: members that have a default may be left out. */
export type OperationInput = InputOf<Operation>;

/**
 * The operation with every member. `submitTask` needs an id, a model, an input and a fee; `registerProvider` an id, a
 * wallet and a bond; `registerModel` an id, a name, a class and whether it is deterministic; `submitResult` what it is
 * about and an output; `challenge` which result it is about. Other operations have no defaults.
 * @example completeOperation({ kind: 'submitTask', id: 't', model: 'm', input: new Uint8Array(1), fee: 5_000_000n }).mode // 0
 */
export function completeOperation(operation: OperationInput): Operation {
  const defaults = DEFAULTS[operation.kind as keyof typeof DEFAULTS] as object | undefined;
  if (defaults === undefined) return operation as Operation;
  const given = Object.entries(operation).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as unknown as Operation;
}
