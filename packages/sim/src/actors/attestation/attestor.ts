import { attestationNonce } from '@aivm/core/attestation';
import { namedHash } from '@aivm/core/crypto';
import { hashSessionResult, placeOfCollateral } from '@aivm/core/execute';
import {
  liveAttestation,
  readCollateralSlot,
  readWaitingAttestation,
  type TaskRecord as Task,
} from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { evidenceOf, type Machine } from '../../world/hardware.ts';
import { type Identity, identityOf, signHash } from '../../world/identity.ts';
import { type PublishedList, publishedLists } from '../../world/vendor-lists.ts';
import type { View } from '../actor.ts';

export type SubmitAttestation = OperationOf<'submitAttestation'>;

/** Seconds before its end in which an attestation is renewed. */
const RENEW_SECONDS = 25;
/** Rounds before what had no effect is tried again. */
const RETRY_ROUNDS = 4;

/** How evidence cites a list. */
export const citationOf = ({ operation }: PublishedList): SubmitAttestation['lists'][number] => ({
  slot: placeOfCollateral(operation).slot,
  size: operation.body.length,
});

/** Whether the chain holds this very list, and no other one of its issuer. */
export const isOnChain = (view: View, { operation, date }: PublishedList): boolean =>
  readCollateralSlot(view.state, placeOfCollateral(operation).slot)?.date === date;

/** The newest list that the vendor has published at block time. */
const newestList = ({ timestamp }: View): PublishedList | undefined =>
  publishedLists()
    .filter(({ date }) => date <= timestamp)
    .at(-1);

/** What evidence is made for; what is left out is as the chain wants it. */
export interface Request {
  readonly operator: Uint8Array;
  readonly sessionKey: Uint8Array;
  readonly head?: View['head'];
  readonly chainId?: bigint;
  readonly blockId?: Uint8Array;
}

/** An attestation of a provider by a machine that answers `request`, with the lists that are on chain cited. */
export function attestationOf(
  view: View,
  provider: string,
  machine: Machine,
  { operator, sessionKey, head = view.head, chainId = view.chainId, blockId = head.id }: Request,
): SubmitAttestation {
  const nonce = attestationNonce({ chainId, operator, blockId });
  return {
    kind: 'submitAttestation',
    provider,
    nonceHeight: head.height,
    sessionKey,
    processors: [evidenceOf(machine, { chainId, operator, nonce, sessionKey })],
    gpus: [],
    statements: [],
    lists: publishedLists()
      .filter((list) => isOnChain(view, list))
      .map(citationOf),
    documents: [],
    manifests: [],
    responses: [],
  };
}

/** Keeps one provider attested by one machine, with a key that only this machine holds. */
export class Attestor {
  readonly session: Identity;
  readonly #provider: string;
  readonly #machine: Machine;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(provider: string, machine: Machine) {
    this.#provider = provider;
    this.#machine = machine;
    this.session = identityOf(`session/${provider}`);
  }

  /** Whether an attestation counts for `seconds` more: of the provider, or while it is not registered, one that waits. */
  isAttested(view: View, me: Identity, seconds = 0): boolean {
    const { state, timestamp } = view;
    const waiting = readWaitingAttestation(state, me.address);
    const live =
      liveAttestation(state, this.#provider, timestamp) ??
      (waiting?.provider === this.#provider ? waiting : undefined);
    return live !== undefined && live.validUntil >= timestamp + seconds;
  }

  operation(view: View, me: Identity): SubmitAttestation {
    const { address: sessionKey } = this.session;
    return attestationOf(view, this.#provider, this.#machine, { operator: me.address, sessionKey });
  }

  /** Publishes the vendor's newest list, and attests where nothing counts or what counts ends soon. */
  keep(view: View, me: Identity): void {
    if (view.isDraining || view.round - this.#triedAt < RETRY_ROUNDS) return;
    const list = newestList(view);
    if (list !== undefined && !isOnChain(view, list)) {
      this.#triedAt = view.round;
      const code = view.submit(me, list.operation);
      view.note(code === '' ? 'publish-list' : `publish-list ${code}`);
      return;
    }
    if (this.isAttested(view, me, RENEW_SECONDS)) return;
    this.#triedAt = view.round;
    const code = view.submit(me, this.operation(view, me));
    view.note(code === '' ? 'attest' : `attest ${code}`);
  }

  /** The session signature of an answer. */
  sign(view: View, { id: taskId, attempt }: Task, output: Uint8Array): Uint8Array {
    const outputHash = namedHash('Output', output);
    return signHash(
      hashSessionResult({ genesisHash: view.genesisHash, taskId, attempt, outputHash }),
      this.session,
    );
  }
}
