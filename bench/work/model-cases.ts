import { concatBytes } from '@aivm/core/bytes';
import { hashLeaf, hashNode, LEAF_SIZE, treeRoot } from '@aivm/core/network';
import { readModel, requireProvider, stateKeys } from '@aivm/core/state';
import type { Operation, OperationOf } from '@aivm/core/tx';
import {
  type BlockContext,
  writeModel,
  writeProvider,
} from '../../packages/core/src/execute/context/block-context.ts';
import { processRegisterModel } from '../../packages/core/src/execute/operations/register-model.ts';
import { networkRecordCodec } from '../../packages/core/src/state/records/network.ts';
import { chainHeader, windowsHeader } from './headers.ts';
import type { WorstCase } from './measure.ts';
import { personAt } from './work-chain.ts';
import { HELD_HASH, hashOf, KERNEL_WEIGHTS, largestModel, longId, worstProvider } from './worst-provider.ts';

const ZERO = new Uint8Array(32);
/** Parameters of the judged network, each set another model. */
const parametersOf = (i: number): Uint8Array => KERNEL_WEIGHTS.map((byte, at) => (at === 0 ? i : byte));

const kernelModel = (i: number): OperationOf<'registerModel'> => ({
  ...largestModel(longId('kernel', i)),
  checkClass: 1,
  weights: parametersOf(i),
  weightHash: ZERO,
});

const graphModel = (id: string, header: Uint8Array): OperationOf<'registerModel'> => ({
  ...largestModel(id),
  checkClass: 2,
  header,
  weightHash: hashOf(id),
});

const registrations = (
  name: string,
  count: number,
  modelOf: (i: number) => OperationOf<'registerModel'>,
): WorstCase => ({
  name,
  setUp: (chain) => Array.from({ length: count }, (_, i) => chain.sign(personAt(i), modelOf(i))),
});

/** Changes of models of so many owners. */
const changes = (name: string, count: number, operationOf: (id: string) => Operation): WorstCase => ({
  name,
  setUp: (chain) => {
    chain.prepare((context) => {
      for (let i = 0; i < count; i++) processRegisterModel(context, personAt(i).address, kernelModel(i));
    });
    return Array.from({ length: count }, (_, i) => chain.sign(personAt(i), operationOf(longId('kernel', i))));
  },
});

const LEVELS = 16;

/** A blob of half a terabyte whose leaves are all alike, so that every leaf has the same opening. */
function uniformBlob() {
  const leaf = new Uint8Array(LEAF_SIZE).fill(5);
  const siblings: Uint8Array[] = [];
  let hash = hashLeaf(leaf);
  for (let level = 0; level < LEVELS; level++) {
    siblings.push(hash, hash, hash);
    hash = hashNode(concatBytes(hash, hash, hash, hash));
  }
  const byteLength = LEAF_SIZE * 4 ** LEVELS;
  return {
    ...{ leaf, byteLength, siblings: concatBytes(...siblings) },
    root: treeRoot({ name: 'Blob', byteLength, rows: 0 }, hash),
  };
}

/** A network of which operations ask its record alone, registered without its header. */
export function recordNetwork(
  context: BlockContext,
  {
    id,
    weightHash,
    blobBytes,
  }: { readonly id: string; readonly weightHash: Uint8Array; readonly blobBytes: number },
): void {
  processRegisterModel(context, personAt(127).address, largestModel(id));
  const model = readModel(context.state, id);
  if (model === undefined) throw new Error(`model ${id} was not registered`);
  writeModel(context, { ...model, checkClass: 2, weightHash });
  const polynomial = [{ coefficient: 1n, t: 1, n: 0 }];
  context.state.setRecord(stateKeys.network(model.modelRoot), networkRecordCodec, {
    ...{ form: 1, maxT: 65_536, vocabulary: 2 ** 31, endTokens: [], maxNew: 0, blobBytes, inputBytes: 0 },
    ...{ outputBytes: polynomial, work: polynomial, maxWork: 65_536n, maxTraceBytes: 2 ** 30, maxDepth: 12 },
  });
}

const holding = (count: number): WorstCase => ({
  name: 'holdModel, 16 levels',
  setUp: (chain) => {
    const { leaf, siblings, root, byteLength } = uniformBlob();
    const model = longId('network', 0);
    for (let i = 0; i < count; i++)
      chain.prepare((context) => {
        if (i === 0) recordNetwork(context, { id: model, weightHash: root, blobBytes: byteLength });
        worstProvider(context, personAt(i), longId('provider', i));
        const provider = requireProvider(context.state, longId('provider', i));
        writeProvider(context, { ...provider, holds: provider.holds.slice(1) });
      });
    const { height } = chain.parent.header;
    return Array.from({ length: count }, (_, i) =>
      chain.sign(personAt(i), {
        ...{ kind: 'holdModel', provider: longId('provider', i), model, weightHash: root },
        ...{ nonceHeight: height, leaf, siblings },
      }),
    );
  },
});

export const modelCases: readonly WorstCase[] = [
  registrations('registerModel, int8-kernel', 8, kernelModel),
  registrations('registerModel, opaque', 8, (i) => ({
    ...largestModel(longId('opaque', i)),
    header: new Uint8Array(65_536),
  })),
  registrations('registerModel, network of 64 KiB', 1, () => graphModel(longId('chain', 0), chainHeader())),
  registrations('registerModel, windows of 64 KiB', 1, () =>
    graphModel(longId('windows', 0), windowsHeader()),
  ),
  changes('updateModelWeights, int8-kernel', 8, (id) => ({
    ...{ kind: 'updateModelWeights', id, weights: parametersOf(200), weightHash: ZERO },
  })),
  changes('updateModelLicense', 8, (id) => ({ kind: 'updateModelLicense', id, licenseRoot: HELD_HASH })),
  changes('transferModel', 8, (id) => ({ kind: 'transferModel', id, owner: personAt(99).address })),
  holding(3),
];
