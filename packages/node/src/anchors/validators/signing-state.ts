import {
  address,
  bool,
  bytesToHex,
  type CodecValue,
  compareBytes,
  equalBytes,
  height,
  list,
  struct,
  u8,
  u64,
} from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type AnchorKey, consensusAddress } from './anchor-key.ts';
import type { ValidatorSet } from './validator-set.ts';

/** No engine runs more validators than this. */
export const VALIDATORS_MAX = 1_000;
/** Anchors that one vote signs. A change of the set signs as many again, because what the old one signed counts no more. */
export const ANCHORS_ASKED_MAX = 8;

const memberCodec = struct('SigningMember', {
  /** How the engine calls the validator, 20 bytes. */
  consensus: address,
  key: address,
  power: u64,
});
/** Members in ascending order of their keys, as the contract wants them. */
export const signingSetCodec = struct('SigningSet', {
  /** How often the set changed before. */
  number: u64,
  members: list(memberCodec, VALIDATORS_MAX),
});
export type SigningSet = CodecValue<typeof signingSetCodec>;

const askedCodec = struct('Asked', {
  /** Votes for the block at this height carry the signatures. */
  height,
  /** Anchors from `signedCount` on. */
  anchors: u8,
  /** And of the change to `next`. */
  isChangeAsked: bool,
});

export const signingStateCodec = struct('SigningState', {
  /** The newest key of each validator, in ascending order of `consensus`. */
  keys: list(struct('BoundKey', { consensus: address, serial: u64, key: address }), VALIDATORS_MAX),
  /** Whose signatures count now. */
  set: signingSetCodec,
  /** The set that is to take its place, once `set` signed that: one or none. */
  next: list(signingSetCodec, 1),
  /** Anchors below this number are signed. */
  signedCount: height,
  /** What the votes of one height are to sign: one or none. */
  asked: list(askedCodec, 1),
});

/**
 * Who signs anchors, and what is to be signed next. It follows from the engine's genesis and the engine's blocks alone, so
 * that every validator has the same after the same block.
 */
export type SigningState = CodecValue<typeof signingStateCodec>;

/** A validator of the engine. */
export interface EngineValidator {
  /** 20 bytes. */
  readonly consensus: Uint8Array;
  readonly power: bigint;
}

/** How the contract names a set. */
export const toValidatorSet = ({ number, members }: SigningSet): ValidatorSet => ({
  number,
  validators: members.map(({ key, power }) => ({ key, power })),
});

/** The members that the engine's validators and their keys make; one without a key is left out. */
function membersOf({ keys }: Pick<SigningState, 'keys'>, validators: readonly EngineValidator[]) {
  return validators
    .flatMap(({ consensus, power }) => {
      const bound = keys.find((one) => equalBytes(one.consensus, consensus));
      return bound === undefined || power < 1n ? [] : [{ consensus, key: bound.key, power }];
    })
    .sort((left, right) => compareBytes(left.key, right.key));
}

const isSameSet = (left: SigningSet, right: SigningSet): boolean =>
  left.members.length === right.members.length &&
  left.members.every((one, i) => {
    const other = right.members[i];
    return (
      other !== undefined &&
      equalBytes(one.key, other.key) &&
      equalBytes(one.consensus, other.consensus) &&
      one.power === other.power
    );
  });

/**
 * Why a binding, whose signatures are right, says nothing new; undefined where it does: it is of a validator, newer than
 * what is known, and of a key that no other validator has.
 */
export function whyNotNew(
  { keys, set }: Pick<SigningState, 'keys' | 'set'>,
  { consensusKey, serial, key }: AnchorKey,
  validators: readonly EngineValidator[],
): string | undefined {
  const consensus = consensusAddress(consensusKey);
  const name = `anchor key 0x${bytesToHex(key)}`;
  if (!validators.some((one) => equalBytes(one.consensus, consensus)))
    return `${name}: ${bytesToHex(consensus)} is no validator`;
  const known = keys.find((one) => equalBytes(one.consensus, consensus));
  if (known !== undefined && serial <= known.serial) {
    return `${name}: its serial is ${serial}, and ${known.serial} is known`;
  }
  const others = [...keys, ...set.members].filter((one) => !equalBytes(one.consensus, consensus));
  return others.some((one) => equalBytes(one.key, key)) ? `${name}: another validator has it` : undefined;
}

/** The state with a binding's key in it. */
export function withKey(state: SigningState, { consensusKey, serial, key }: AnchorKey): SigningState {
  const consensus = consensusAddress(consensusKey);
  const others = state.keys.filter((one) => !equalBytes(one.consensus, consensus));
  const keys = [...others, { consensus, serial, key }];
  keys.sort((left, right) => compareBytes(left.consensus, right.consensus));
  return { ...state, keys };
}

/**
 * The state before the first block: the keys of the genesis, at the powers that its validators have there.
 * @throws AivmError `config_refused` for a key twice, one of no validator, or a validator without one.
 */
export function beginSigning(
  bindings: readonly AnchorKey[],
  validators: readonly EngineValidator[],
): SigningState {
  const none = { number: 0n, members: [] };
  let state: SigningState = { keys: [], set: none, next: [], signedCount: 0, asked: [] };
  for (const binding of bindings) {
    const why = whyNotNew(state, binding, validators);
    if (why !== undefined) throw new AivmError('config_refused', why);
    state = withKey(state, binding);
  }
  const members = membersOf(state, validators);
  if (members.length !== validators.length) {
    throw new AivmError(
      'config_refused',
      `${members.length} of ${validators.length} validators have an anchor key; give one to each, or none`,
    );
  }
  return { ...state, set: { number: 0n, members } };
}

/** The state once what was asked is signed by enough of the power, or not. */
export function afterAnswer(state: SigningState, isEnough: boolean): SigningState {
  const [asked] = state.asked;
  const [next] = state.next;
  if (asked === undefined) return state;
  if (!isEnough) return { ...state, asked: [] };
  const signedCount = state.signedCount + asked.anchors;
  if (!asked.isChangeAsked || next === undefined) return { ...state, signedCount, asked: [] };
  // Whoever hands anchors on may be behind: the last ones are signed by the new set as well.
  const again = Math.max(0, signedCount - ANCHORS_ASKED_MAX);
  return { ...state, set: next, next: [], signedCount: again, asked: [] };
}

/** The state after a block: what follows from the engine's validators and the anchors that there are now. */
export function afterBlock(
  state: SigningState,
  block: {
    readonly height: number;
    readonly anchorCount: number;
    /** Of the commit before; none in the first block. */
    readonly validators: readonly EngineValidator[];
  },
): SigningState {
  const { height: at, anchorCount, validators } = block;
  let after = state;
  // Of votes whose block carried no answer.
  if (after.asked.some((asked) => asked.height < at)) after = { ...after, asked: [] };
  if (after.next.length === 0 && validators.length > 0) {
    const wanted = { number: after.set.number + 1n, members: membersOf(after, validators) };
    if (wanted.members.length > 0 && !isSameSet(wanted, after.set)) after = { ...after, next: [wanted] };
  }
  const waiting = Math.min(ANCHORS_ASKED_MAX, Math.max(0, anchorCount - after.signedCount));
  const isChangeAsked = after.next.length > 0;
  if (after.asked.length > 0 || (waiting === 0 && !isChangeAsked)) return after;
  return { ...after, asked: [{ height: at + 1, anchors: waiting, isChangeAsked }] };
}
