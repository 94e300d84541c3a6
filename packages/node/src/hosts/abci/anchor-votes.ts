import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { signDigest } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { type AnchorKey, assertAnchorKey, consensusAddress } from '../../anchors/validators/anchor-key.ts';
import type { SigningUpdate } from '../../anchors/validators/anchor-signatures.ts';
import {
  afterAnswer,
  afterBlock,
  beginSigning,
  type EngineValidator,
  type SigningState,
  toValidatorSet,
  whyNotNew,
  withKey,
} from '../../anchors/validators/signing-state.ts';
import { collectSignatures, type SigningChain } from '../../anchors/validators/validator-set.ts';
import {
  type AskedItem,
  BINDINGS_MAX,
  itemsOf,
  parseAnswer,
  parseExtension,
  placeOfSigner,
  serializeAnswer,
  serializeExtension,
  type VoteAnswer,
} from '../../anchors/validators/vote-extension.ts';
import { errorFields, type Log } from '../../log.ts';
import type { HostPort } from '../host.ts';

/** A key with which this validator signs anchors. */
export interface AnchorSigner {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  readonly binding: AnchorKey;
}

/** A vote of the last commit. */
export interface ExtendedVote {
  readonly consensus: Uint8Array;
  readonly extension: Uint8Array;
}

const invalid = (detail: string): AivmError => new AivmError('block_invalid', `vote extensions: ${detail}`);

/** What `attempt` refuses with, or undefined. */
function refusalOf(attempt: () => void): AivmError | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof AivmError) return error;
    throw error;
  }
}

/**
 * Lets the validators of an engine sign anchors with their votes. The anchor of block H is known after it, votes for H + 1
 * carry the signatures, and the proposer of H + 2 puts them into its block, where every validator checks them. The node's
 * own block, its id and its state know nothing of them.
 */
export class AnchorVotes {
  readonly #port: Pick<HostPort, 'anchors' | 'lastAccepted'>;
  readonly #signers: readonly AnchorSigner[];
  readonly #log: Log;
  #chain: SigningChain | undefined;
  /** Before the first block. */
  #first: SigningState | undefined;

  constructor(
    port: Pick<HostPort, 'anchors' | 'lastAccepted'>,
    { signers, log }: { readonly signers: readonly AnchorSigner[]; readonly log: Log },
  ) {
    this.#port = port;
    this.#signers = signers;
    this.#log = log;
  }

  /** Begins with the keys that the engine's genesis names. @throws AivmError `config_refused`, `bad_signature`. */
  begin(bindings: readonly AnchorKey[], validators: readonly EngineValidator[]): void {
    this.#first = undefined;
    if (bindings.length === 0) return;
    for (const binding of bindings) assertAnchorKey(this.#signingChain, binding);
    this.#first = beginSigning(bindings, validators);
  }

  /** The extension of this validator's vote for the block at a height. */
  extend(height: number): Uint8Array {
    const state = this.#stateBefore(height);
    if (state === undefined) return new Uint8Array(0);
    const items = this.#dueItems(state, height) ?? [];
    const signer = this.#signers.find(({ binding: { key } }) =>
      state.set.members.some((one) => equalBytes(one.key, key)),
    );
    const signatures =
      signer === undefined ? [] : items.map(({ digest }) => signDigest(digest, signer.privateKey));
    return serializeExtension({ signatures, bindings: this.#announced(state) });
  }

  /** Why a vote with this extension does not count; undefined where it does. The same on every validator. */
  refusalOfExtension(height: number, raw: Uint8Array): AivmError | undefined {
    return refusalOf(() => {
      const { signatures, bindings } = parseExtension(raw);
      const state = this.#stateBefore(height);
      if (state === undefined) return;
      for (const binding of bindings) assertAnchorKey(this.#signingChain, binding);
      const items = this.#dueItems(state, height);
      if (items === undefined || signatures.length === 0) return;
      if (placeOfSigner(state.set, items, signatures) === undefined) {
        throw invalid(`${signatures.length} signatures that are not one validator's of what is asked`);
      }
    });
  }

  /**
   * What a proposer puts first into its block: what the votes of the block before say, as far as it is right. Undefined
   * where nothing is asked and nothing new is said.
   */
  prepare(
    height: number,
    votes: readonly ExtendedVote[],
    validators: readonly EngineValidator[],
  ): Uint8Array | undefined {
    const state = this.#stateBefore(height);
    if (state === undefined) return undefined;
    const isDue = isAnswerDue(state, height);
    const items = isDue ? itemsOf(this.#signingChain, state, (n) => this.#port.anchors.get(n)) : [];
    const signed = new Map<number, readonly Uint8Array[]>();
    const bindings: AnchorKey[] = [];
    let known = state;
    for (const { extension: raw, consensus } of votes) {
      const refusal = refusalOf(() => {
        const extension = parseExtension(raw);
        const place = placeOfSigner(state.set, items ?? [], extension.signatures);
        if (place !== undefined) signed.set(place, extension.signatures);
        for (const binding of extension.bindings) {
          if (bindings.length === BINDINGS_MAX || whyNotNew(known, binding, validators) !== undefined)
            continue;
          assertAnchorKey(this.#signingChain, binding);
          known = withKey(known, binding);
          bindings.push(binding);
        }
      });
      if (refusal === undefined) continue;
      const validator = bytesToHex(consensus);
      this.#log.warn({ validator, ...errorFields(refusal) }, 'abci: a vote extension says nothing');
    }
    if (!isDue && bindings.length === 0) return undefined;
    const answer = {
      height: height - 1,
      signed: [...signed]
        .sort(([left], [right]) => left - right)
        .map(([place, signatures]) => ({ place, signatures })),
      bindings,
    };
    return serializeAnswer({ ...answer, after: resolve(state, answer) });
  }

  /** Why no honest proposer puts this, or nothing, first into its block; undefined where one does. */
  refusalOfAnswer(
    height: number,
    raw: Uint8Array | undefined,
    validators: readonly EngineValidator[],
  ): AivmError | undefined {
    return refusalOf(() => {
      const state = this.#stateBefore(height);
      if (state === undefined) {
        if (raw === undefined) return;
        if (!this.#port.anchors.beganWithSnapshot) throw invalid('this network signs no anchors');
        parseAnswer(raw);
        return;
      }
      if (raw === undefined) {
        if (isAnswerDue(state, height)) throw invalid('those of the block before are missing');
        return;
      }
      this.#check(state, height, { answer: parseAnswer(raw), raw, validators });
    });
  }

  /** What a decided block brings; undefined where nobody signs. */
  update(block: {
    readonly height: number;
    readonly raw: Uint8Array | undefined;
    readonly validators: readonly EngineValidator[];
    /** After it. */
    readonly anchorCount: number;
  }): SigningUpdate | undefined {
    const { height, raw, validators, anchorCount } = block;
    const before = this.#stateBefore(height);
    if (before === undefined && !this.#port.anchors.beganWithSnapshot) return undefined;
    const answer = raw === undefined ? undefined : readAnswer(raw);
    // More than two thirds of the power found it right.
    const state = answer?.after ?? before;
    if (state === undefined) return undefined;
    const signed = before === undefined || answer === undefined ? {} : this.#signedBy(before, height, answer);
    return {
      anchors: [],
      changes: [],
      ...signed,
      state: afterBlock(state, { height, anchorCount, validators }),
    };
  }

  get #signingChain(): SigningChain {
    this.#chain ??= this.#port.anchors.origin;
    return this.#chain;
  }

  /** The state that the block at a height begins with; undefined for one that is not the next, too. */
  #stateBefore(height: number): SigningState | undefined {
    const { header } = this.#port.lastAccepted();
    if (height !== header.height + 1) return undefined;
    return header.height === 0 ? this.#first : this.#port.anchors.signatures.state();
  }

  /** What votes for the block at a height sign; undefined where this node lacks it. */
  #dueItems(state: SigningState, height: number): readonly AskedItem[] | undefined {
    if (!state.asked.some((asked) => asked.height === height)) return [];
    return itemsOf(this.#signingChain, state, (number) => this.#port.anchors.get(number));
  }

  /** The newest key of this validator, until the chain knows it. */
  #announced({ keys }: SigningState): readonly AnchorKey[] {
    const newest = this.#signers
      .map(({ binding }) => binding)
      .reduce<AnchorKey | undefined>(
        (best, one) => (best === undefined || one.serial > best.serial ? one : best),
        undefined,
      );
    if (newest === undefined) return [];
    const own = consensusAddress(newest.consensusKey);
    const isKnown = keys.some(
      ({ consensus, serial }) => equalBytes(consensus, own) && serial >= newest.serial,
    );
    return isKnown ? [] : [newest];
  }

  #check(
    state: SigningState,
    height: number,
    given: {
      readonly answer: VoteAnswer;
      readonly raw: Uint8Array;
      readonly validators: readonly EngineValidator[];
    },
  ): void {
    const { answer, raw, validators } = given;
    const isDue = isAnswerDue(state, height);
    if (answer.height !== height - 1) throw invalid(`of block ${answer.height}, expected ${height - 1}`);
    if (!isDue && (answer.signed.length > 0 || answer.bindings.length === 0)) {
      throw invalid('nothing was asked, and no new key is in them');
    }
    const items = isDue ? itemsOf(this.#signingChain, state, (n) => this.#port.anchors.get(n)) : [];
    let last = -1;
    for (const { place, signatures } of answer.signed) {
      if (place <= last) throw invalid(`place ${place} after ${last}`);
      last = place;
      // What this node lacks it cannot check; the others can.
      if (items !== undefined && placeOfSigner(state.set, items, signatures) !== place) {
        throw invalid(`place ${place}: no signatures of that validator of what was asked`);
      }
    }
    let known = state;
    for (const binding of answer.bindings) {
      const why = whyNotNew(known, binding, validators);
      if (why !== undefined) throw invalid(why);
      assertAnchorKey(this.#signingChain, binding);
      known = withKey(known, binding);
    }
    // Canonical, and the state in it is the one that follows.
    if (!equalBytes(serializeAnswer({ ...answer, after: resolve(state, answer) }), raw)) {
      throw invalid('they say that another state follows from them');
    }
  }

  /** The signatures that a decided answer brings, where they are enough. */
  #signedBy(
    before: SigningState,
    height: number,
    { signed }: VoteAnswer,
  ): Partial<Pick<SigningUpdate, 'anchors' | 'changes'>> {
    if (!isAnswerDue(before, height)) return {};
    const items = itemsOf(this.#signingChain, before, (number) => this.#port.anchors.get(number)) ?? [];
    const { set } = before;
    const all = items.map((item, i) => {
      const given = signed.flatMap(({ signatures }) => signatures.slice(i, i + 1));
      const { signatures, isEnough } = collectSignatures(toValidatorSet(set), item.digest, given);
      return { item, isEnough, record: { set, digest: item.digest, signatures } };
    });
    if (!all.every(({ isEnough }) => isEnough)) return {};
    return {
      anchors: all.flatMap(({ item, record }) =>
        item.kind === 'anchor' ? [{ number: Number(item.message.number), signed: record }] : [],
      ),
      changes: all.flatMap(({ item, record }) =>
        item.kind === 'change' ? [{ to: item.to, signed: record }] : [],
      ),
    };
  }
}

/** Whether the block at a height has to say what the votes of the one before were asked. */
const isAnswerDue = ({ asked }: SigningState, height: number): boolean =>
  asked.some((one) => one.height === height - 1);

/** The state with what an answer says. */
function resolve(state: SigningState, answer: Omit<VoteAnswer, 'after'>): SigningState {
  const { members } = state.set;
  const sum = (all: readonly { readonly power: bigint }[]): bigint =>
    all.reduce((total, { power }) => total + power, 0n);
  const present = answer.signed.flatMap(({ place }) => members.slice(place, place + 1));
  const after = isAnswerDue(state, answer.height + 1)
    ? afterAnswer(state, 3n * sum(present) > 2n * sum(members))
    : state;
  return answer.bindings.reduce(withKey, after);
}

/** A decided answer; undefined for bytes that are none, which no honest validator agreed to. */
function readAnswer(raw: Uint8Array): VoteAnswer | undefined {
  try {
    return parseAnswer(raw);
  } catch (error) {
    if (error instanceof AivmError) return undefined;
    throw error;
  }
}
