import {
  bytes,
  bytes32,
  type CodecValue,
  concatBytes,
  list,
  parse,
  serialize,
  struct,
  u64be,
  utf8ToBytes,
} from '@aivm/core/bytes';
import { Listeners } from '../../listeners.ts';
import { columnPrefix } from '../../store/columns.ts';
import type { KeyValueStore, StoreOperation } from '../../store/key-value-store.ts';
import { SIGNATURE_BYTES } from './anchor-key.ts';
import { type SigningState, signingSetCodec, signingStateCodec, VALIDATORS_MAX } from './signing-state.ts';

const signedCodec = struct('SignedByValidators', {
  set: signingSetCodec,
  digest: bytes32,
  /** In the order of the set; no bytes where there is none. */
  signatures: list(bytes(SIGNATURE_BYTES), VALIDATORS_MAX),
});

/** A digest with the signatures of more than two thirds of a set's power. */
export type SignedByValidators = CodecValue<typeof signedCodec>;

const changeCodec = struct('SignedChange', { to: signingSetCodec, signed: signedCodec });

/** A change of the set, which the set before signed. */
export type SignedChange = CodecValue<typeof changeCodec>;

/** What a block brings: written with the block, so that neither is without the other. */
export interface SigningUpdate {
  readonly state: SigningState;
  readonly anchors: readonly { readonly number: number; readonly signed: SignedByValidators }[];
  readonly changes: readonly SignedChange[];
}

const keyOf = (name: string, number?: bigint): Uint8Array =>
  concatBytes(
    columnPrefix('signing'),
    utf8ToBytes(name),
    number === undefined ? new Uint8Array(0) : u64be(Number(number)),
  );

/** What validators signed, as this node keeps it: beside the chain's state, because no header commits to it. */
export class AnchorSignatures {
  readonly #store: Pick<KeyValueStore, 'get'>;
  readonly #signed = new Listeners<[]>();

  constructor(store: Pick<KeyValueStore, 'get'>) {
    this.#store = store;
  }

  /** After the last accepted block; undefined where nobody signs, or where this node does not know yet. */
  state(): SigningState | undefined {
    const value = this.#store.get(keyOf('s'));
    return value === undefined ? undefined : parse(signingStateCodec, value);
  }

  /** Of an anchor, by the newest set that signed it. */
  ofAnchor(number: number): SignedByValidators | undefined {
    const value = this.#store.get(keyOf('a', BigInt(number)));
    return value === undefined ? undefined : parse(signedCodec, value);
  }

  /** The change that made the set of this number, which is 1 or more. */
  changeTo(number: bigint): SignedChange | undefined {
    const value = this.#store.get(keyOf('c', number));
    return value === undefined ? undefined : parse(changeCodec, value);
  }

  /** What keeping an update writes. */
  operationsOf({ state, anchors, changes }: SigningUpdate): readonly StoreOperation[] {
    const put = (key: Uint8Array, value: Uint8Array): StoreOperation => ({ type: 'put', key, value });
    return [
      put(keyOf('s'), serialize(signingStateCodec, state)),
      ...anchors.map(({ number, signed }) => put(keyOf('a', BigInt(number)), serialize(signedCodec, signed))),
      ...changes.map((change) => put(keyOf('c', change.to.number), serialize(changeCodec, change))),
    ];
  }

  /** Calls `listener` after a block that brought signatures. Returns how to stop. */
  onSigned(listener: () => void): () => void {
    return this.#signed.add(listener);
  }

  /** Tells the listeners that an update was written. */
  written({ anchors }: SigningUpdate): void {
    if (anchors.length > 0) this.#signed.notify();
  }
}
