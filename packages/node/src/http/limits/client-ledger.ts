import { AivmError } from '@aivm/core/errors';
import type { ClientIdentity } from './client-identity.ts';
import type { HttpLimits } from './http-limits.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

/** What a KiB costs: a body has to be parsed, an answer only to be sent. */
const BODY_BYTES_PER_TOKEN = 16 * 1_024;
const ANSWER_BYTES_PER_TOKEN = 64 * 1_024;

/** A refusal that passes by itself, with the seconds after which to come again. */
export class LimitError extends AivmError {
  readonly retryAfterSeconds: number;

  constructor(detail: string, retryAfterSeconds: number) {
    super('rate_limited', detail);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Counts something by client and in all. A client that holds nothing is not remembered. */
class Holdings {
  readonly #byClient = new Map<string, number>();
  total = 0;

  of(client: string): number {
    return this.#byClient.get(client) ?? 0;
  }

  add(client: string, difference: number): void {
    const held = this.of(client) + difference;
    if (held > 0) this.#byClient.set(client, held);
    else this.#byClient.delete(client);
    this.total += difference;
  }
}

/** What clients spent and hold: requests and their work, bytes in flight, event streams. */
export class ClientLedger {
  readonly #limits: HttpLimits;
  readonly #rate: RateLimit;
  readonly #bytes = new Holdings();
  readonly #streams = new Holdings();
  readonly #nowMs: () => number;

  constructor(limits: HttpLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#rate = createRateLimit({ perSecond: limits.requestsPerSecond, burst: limits.requestBurst });
  }

  get streamCount(): number {
    return this.#streams.total;
  }

  get bytesInFlight(): number {
    return this.#bytes.total;
  }

  /** Lets a request in. @throws LimitError when its client asks too often. */
  admit({ key, isLocal }: ClientIdentity): void {
    if (isLocal) return;
    const { requestsPerSecond, requestBurst } = this.#limits;
    const seconds = this.#rate.take(key, this.#nowMs());
    if (seconds === 0) return;
    throw new LimitError(
      `at most ${requestsPerSecond} requests, transactions and 16 KiB of bodies a second, ${requestBurst} at once: ` +
        `come again in ${seconds} s`,
      seconds,
    );
  }

  /** Charges what a request cost besides the 1 that it paid when it was let in. */
  charge(client: ClientIdentity, cost: number): void {
    if (!client.isLocal) this.#rate.charge(client.key, cost, this.#nowMs());
  }

  chargeBody(client: ClientIdentity, bytes: number): void {
    this.charge(client, Math.floor(bytes / BODY_BYTES_PER_TOKEN));
  }

  chargeAnswer(client: ClientIdentity, bytes: number): void {
    this.charge(client, Math.floor(bytes / ANSWER_BYTES_PER_TOKEN));
  }

  /** Notes bytes that this process keeps for a client; the answer takes them back. @throws LimitError when there are too many. */
  holdBytes({ key, isLocal }: ClientIdentity, bytes: number): () => void {
    const { bytesInFlightMax, bytesInFlightPerClientMax } = this.#limits;
    const held = this.#bytes.of(key) + bytes;
    if (!isLocal && held > bytesInFlightPerClientMax) {
      throw new LimitError(
        `${held} bytes of this client's bodies and answers are under way, at most ${bytesInFlightPerClientMax} may be`,
        1,
      );
    }
    if (this.#bytes.total + bytes > bytesInFlightMax) {
      throw new LimitError(`${this.#bytes.total} bytes are under way, at most ${bytesInFlightMax} may be`, 1);
    }
    return this.#take(this.#bytes, key, bytes);
  }

  /** Notes an event stream; the answer takes it back. @throws LimitError when too many are open. */
  openStream({ key, isLocal }: ClientIdentity): () => void {
    const { eventStreamsMax, eventStreamsPerClientMax } = this.#limits;
    if (this.#streams.total >= eventStreamsMax) {
      throw new LimitError(
        `${this.#streams.total} event streams are open, at most ${eventStreamsMax} may be`,
        10,
      );
    }
    if (!isLocal && this.#streams.of(key) >= eventStreamsPerClientMax) {
      throw new LimitError(
        `${this.#streams.of(key)} event streams of this client are open, at most ${eventStreamsPerClientMax} may be`,
        10,
      );
    }
    return this.#take(this.#streams, key, 1);
  }

  #take(holdings: Holdings, key: string, count: number): () => void {
    holdings.add(key, count);
    let isHeld = true;
    return () => {
      if (isHeld) holdings.add(key, -count);
      isHeld = false;
    };
  }
}
