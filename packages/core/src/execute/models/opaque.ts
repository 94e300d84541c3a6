import { isZeroBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { address, bytes, text, u8 } from '../../bytes/codec/primitives.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { LIMITS } from '../../state/limits.ts';
import { CheckClass } from '../../state/records/model.ts';
import { type ModelClass, NO_MEASURE } from './model-class.ts';

const opaqueRootCodec = struct('OpaqueModel', {
  owner: address,
  id: text(LIMITS.idBytesMax),
  checkClass: u8,
  header: bytes(LIMITS.headerBytesMax),
});

/** Models that the chain knows only by a hash. Providers can judge one if its owner declares it deterministic. */
export const opaque = {
  number: CheckClass.opaque,
  name: 'opaque',
  payload: 'json',
  weights: 'named',
  inputBytesMax: ({ maxInputBytes }) => maxInputBytes,
  servedByAll: false,
  isTotal: false,
  judge: { kind: 'committee' },

  isComparable: ({ deterministic }) => deterministic,

  checkRegistration(_context, { weights, weightHash }) {
    requireThat(weights.length === 0, 'malformed', () => 'weights: an opaque model has none on chain');
    requireThat(!isZeroBytes(weightHash), 'malformed', () => 'weightHash: zero');
  },

  hashModel(owner, operation) {
    const header = serialize(opaqueRootCodec, { owner, ...operation });
    return { modelRoot: namedHash('Model', header), weightHash: operation.weightHash };
  },

  hashNewWeights({ weights, weightHash }) {
    requireThat(
      weights.length === 0 && !isZeroBytes(weightHash),
      'malformed',
      () => 'weightHash: an opaque model names its weights by a hash that is not zero',
    );
    return weightHash;
  },

  measureTask: () => NO_MEASURE,
  checkOutput: () => undefined,
  workOf: () => 0n,
} as const satisfies ModelClass;
