import { bytesToHex } from '@aivm/core/bytes';
import type { Genesis } from '@aivm/core/execute';
import type { OperationOf, Transaction } from '@aivm/core/tx';
import { publishedLists } from '../world/vendor-lists.ts';
import type { ObservedBlock } from './checker.ts';
import { shownEvidence } from './shown-evidence.ts';

/** A processor's score, and that of a statement which claims as much as one can. */
const SCORES = { hardware: 70, software: 60 } as const;
const NO_KEY = '00'.repeat(20);

/** An attestation as its operation and the vendor's books say it is. */
export interface BookedAttestation {
  readonly provider: string;
  /** Hex of the operator. */
  readonly operator: string;
  readonly hardware: boolean;
  readonly score: number;
  /** Hex of the chip; undefined for a statement. */
  readonly device: string | undefined;
  /** Hex of the session key's address; undefined where there is none. */
  readonly sessionKey: string | undefined;
  /** Block time, inclusive. */
  readonly until: number;
  /** Issue date of the newest list that was on chain then; 0 where there was none. */
  readonly listDate: number;
}

/** One transaction of a block, at its turn. */
export interface Step {
  readonly tx: Transaction;
  /** Empty where it took effect. */
  readonly code: string;
}

/**
 * Who is attested by whom until when: a book of the checkers' own, kept from what transactions said and whether they took
 * effect, and from what the vendor knows.
 */
export class AttestationBook {
  readonly #genesis: Genesis;
  readonly #live = new Map<string, BookedAttestation>();
  /** By operator: of a provider that is not registered yet. */
  readonly #waiting = new Map<string, BookedAttestation>();
  readonly #registered = new Set<string>();
  readonly #convicted = new Set<string>();
  /** By chip: the attestation that claimed it last, unless it was taken back. */
  readonly #devices = new Map<string, BookedAttestation>();
  #list: { readonly date: number; readonly revoked: readonly number[] } = { date: 0, revoked: [] };
  /** Issue date of the newest list on chain that revoked somebody new. */
  #revokedSince = 0;

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
  }

  /** The newest list on chain. */
  get list(): { readonly date: number; readonly revoked: readonly number[] } {
    return this.#list;
  }

  /** The attestation of a registered provider, if it counts at a block time. */
  live(provider: string, timestamp: number): BookedAttestation | undefined {
    return this.#counting(this.#live.get(provider), timestamp);
  }

  /** What waits for an operator's provider, if it counts. */
  waiting(operator: string, provider: string, timestamp: number): BookedAttestation | undefined {
    const waiting = this.#waiting.get(operator);
    return waiting?.provider === provider ? this.#counting(waiting, timestamp) : undefined;
  }

  /** Who holds a chip at a block time. */
  holder(device: string, timestamp: number): BookedAttestation | undefined {
    const held = this.#devices.get(device);
    return held !== undefined && held.until >= timestamp ? held : undefined;
  }

  /** Walks through a block's transactions; each takes effect in the book after its step was looked at. */
  *walk({ block, outcomes, events }: ObservedBlock): Generator<Step> {
    const convictions = events.filter((event) => event.kind === 'conviction');
    const challenged = new Set<string>();
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind === 'challenge' && outcomes[i]?.code === '') challenged.add(operation.taskId);
    }
    const convict = (of: (taskId: string) => boolean): void => {
      for (const { taskId, operator } of convictions)
        if (of(taskId)) this.#convicted.add(bytesToHex(operator));
    };
    convict((taskId) => !challenged.has(taskId));
    for (const [i, tx] of block.transactions.entries()) {
      const code = outcomes[i]?.code ?? '';
      yield { tx, code };
      if (code !== '') continue;
      const { operation } = tx;
      if (operation.kind === 'challenge') convict((taskId) => taskId === operation.taskId);
      else this.#apply(tx, block.header.timestamp);
    }
    convict(() => true);
  }

  #counting(booked: BookedAttestation | undefined, timestamp: number): BookedAttestation | undefined {
    if (booked === undefined || booked.until < timestamp) return undefined;
    // No vendor stands behind a statement, so that no list of one ends it.
    if (booked.hardware && this.#revokedSince > booked.listDate) return undefined;
    return this.#convicted.has(booked.operator) ? undefined : booked;
  }

  #apply({ operation, sender }: Transaction, timestamp: number): void {
    const operator = bytesToHex(sender);
    if (operation.kind === 'submitCollateral') this.#publish(operation);
    else if (operation.kind === 'submitAttestation') this.#attest(operation, operator, timestamp);
    else if (operation.kind === 'registerProvider') {
      this.#registered.add(operation.id);
      const waiting = this.#waiting.get(operator);
      if (waiting?.provider !== operation.id) return;
      this.#waiting.delete(operator);
      if (this.#counting(waiting, timestamp) === undefined) this.#release(waiting);
      else this.#live.set(operation.id, waiting);
    } else if (operation.kind === 'withdrawBond') {
      this.#release(this.#live.get(operation.id));
      this.#live.delete(operation.id);
    }
  }

  #publish({ body }: OperationOf<'submitCollateral'>): void {
    const hex = bytesToHex(body);
    const list = publishedLists().find(({ operation }) => bytesToHex(operation.body) === hex);
    if (list === undefined) return;
    if (list.revoked.some((serial) => !this.#list.revoked.includes(serial))) this.#revokedSince = list.date;
    this.#list = list;
  }

  #attest(operation: OperationOf<'submitAttestation'>, operator: string, timestamp: number): void {
    const { provider } = operation;
    const shown = shownEvidence(operation);
    const sessionKey = bytesToHex(operation.sessionKey);
    const isRegistered = this.#registered.has(provider);
    const before = isRegistered ? this.#live.get(provider) : this.#waiting.get(operator);
    this.#release(before);
    const end = timestamp + this.#genesis.attestation.lifetimeSeconds;
    const booked: BookedAttestation = {
      provider,
      operator,
      hardware: shown !== undefined,
      score: shown === undefined ? SCORES.software : SCORES.hardware,
      device: shown?.device,
      sessionKey: sessionKey === NO_KEY ? undefined : sessionKey,
      until: Math.min(end, shown?.until ?? end),
      listDate: this.#list.date,
    };
    if (isRegistered) this.#live.set(provider, booked);
    else this.#waiting.set(operator, booked);
    if (booked.device !== undefined) this.#devices.set(booked.device, booked);
  }

  #release(booked: BookedAttestation | undefined): void {
    if (booked?.device !== undefined && this.#devices.get(booked.device) === booked) {
      this.#devices.delete(booked.device);
    }
  }
}
