import type { Life } from './machine.ts';
import type { NetworkConditions } from './network.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimNode } from './sim-node.ts';

/** As the platform's, for addresses as text. */
export type Fetch = typeof fetch;

/** Finds the node that a request goes to; undefined where none can be reached. */
export type FindNode = () => SimNode | undefined;

/** The address of every node: who answers is decided for each request. */
export const NODE_URL = 'http://node.sim';

const broken = (why: string): TypeError => new TypeError('fetch failed', { cause: new Error(why) });

const isStream = (response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('text/event-stream') === true;

/** Made once: an error for each request would cost more than carrying it. */
const OVER = broken('it is over');

/** One request and its answer. Ends when all of the answer is there, when the client gives up or dies, or when the node dies. */
class Exchange {
  /** What the node hears of the client's end. */
  readonly gone = new AbortController();
  readonly #rejects: ((reason: unknown) => void)[] = [];
  readonly #atEnd: (() => void)[] = [];
  #reason: unknown;
  #isOver = false;

  /** What becomes of `work`, or why the exchange was cut before. */
  until<T>(work: Promise<T>): Promise<T> {
    if (this.#isOver) return Promise.reject(this.#reason);
    return Promise.race([work, new Promise<never>((_, reject) => void this.#rejects.push(reject))]);
  }

  /** Called once when the exchange is over, for whatever reason. */
  atEnd(run: () => void): void {
    this.#atEnd.push(run);
  }

  /** All of the answer is there. */
  end(): void {
    this.#finish(OVER);
  }

  /** Something broke it. */
  cut(reason: unknown): void {
    if (this.#isOver) return;
    this.#finish(reason);
    this.gone.abort(OVER);
    for (const reject of this.#rejects) reject(reason);
  }

  #finish(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    for (const run of this.#atEnd) run();
  }
}

/** A request as a program makes it. */
interface Call {
  readonly url: string;
  readonly init: RequestInit;
  readonly life: Life;
  readonly findNode: FindNode;
}

const requestOf = ({ url, init }: Call, signal: AbortSignal | null): Request =>
  new Request(url, { ...init, signal });

/** Requests of programs to nodes: delayed, cut off before or behind the node, repeated, and overtaken by later ones. */
export class Web {
  readonly #clock: SimClock;
  readonly #conditions: NetworkConditions;

  constructor(conditions: NetworkConditions, { clock }: { readonly clock: SimClock }) {
    this.#clock = clock;
    this.#conditions = conditions;
  }

  /** The way of one life's programs to nodes. */
  fetchFrom(life: Life, findNode: FindNode): Fetch {
    return (input, init = {}) => {
      const url = String(input);
      const signal = init.signal ?? undefined;
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      const exchange = new Exchange();
      const giveUp = (): void => exchange.cut(signal?.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      exchange.atEnd(() => signal?.removeEventListener('abort', giveUp));
      exchange.atEnd(life.onEnd(() => exchange.cut(OVER)));
      // A dead machine hears nothing: what it waits for never comes.
      return new Promise((resolve, reject) => {
        this.#carry({ url, init, life, findNode }, exchange).then(
          (response) => {
            if (!isStream(response)) exchange.end();
            if (!life.isOver) resolve(response);
          },
          (error: unknown) => {
            exchange.cut(error);
            if (!life.isOver) reject(error);
          },
        );
      });
    };
  }

  async #carry(call: Call, exchange: Exchange): Promise<Response> {
    const { lossPerMille, duplicatePerMille } = this.#conditions;
    const { life, findNode, init } = call;
    await exchange.until(this.#way(life));
    if (life.random.chance(lossPerMille)) throw broken('the request was lost');
    const node = findNode();
    if (node === undefined) throw broken('no node can be reached');
    if (init.method === 'POST' && life.random.chance(duplicatePerMille)) void this.#repeat(call);
    exchange.atEnd(node.onEnd(() => exchange.cut(broken(`${node.name} died`))));
    const response = await exchange.until(node.handle(requestOf(call, exchange.gone.signal)));
    await exchange.until(this.#way(life));
    if (life.random.chance(lossPerMille)) throw broken('the answer was lost');
    return isStream(response) ? this.#stream(response, { life, exchange }) : response;
  }

  /** Something between hands the request over once more, and drops the answer. */
  async #repeat(call: Call): Promise<void> {
    await this.#way(call.life);
    const response = await call.findNode()?.handle(requestOf(call, null));
    await response?.body?.cancel();
  }

  #way({ random }: Life): Promise<void> {
    const { delayMsMin, delayMsMax } = this.#conditions;
    return this.#clock.delay(random.between(delayMsMin, delayMsMax));
  }

  /** A body that goes on until one of the two is gone: each part takes its way, and the connection may break behind any. */
  #stream(
    { body, status, headers }: Response,
    { life, exchange }: { readonly life: Life; readonly exchange: Exchange },
  ): Response {
    if (body === null) throw new TypeError('a stream without a body');
    const reader = body.getReader();
    exchange.atEnd(() => void reader.cancel().catch(() => undefined));
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await exchange.until(reader.read());
            await exchange.until(this.#way(life));
            if (life.random.chance(this.#conditions.lossPerMille)) throw broken('the stream broke');
            if (value !== undefined) controller.enqueue(value);
            if (!done) return;
            exchange.end();
            controller.close();
          } catch (error) {
            exchange.cut(error);
            if (!life.isOver) controller.error(error);
          }
        },
        cancel: () => exchange.cut(OVER),
      },
      { highWaterMark: 0 },
    );
    return new Response(stream, { status, headers });
  }
}
