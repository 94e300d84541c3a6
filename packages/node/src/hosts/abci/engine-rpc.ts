import { AivmError } from '@aivm/core/errors';

const TIMEOUT_MS = 10_000;
/** The engine's answer to a broadcast is some hundred bytes. */
const ANSWER_BYTES_MAX = 1 << 20;

/** What the engine said of a transaction that was handed to it. */
export type BroadcastAnswer =
  | { readonly isTaken: true }
  | { readonly isTaken: false; readonly reason: string };

/** The engine's answer when it has seen the transaction before. */
const KNOWN = /tx already exists in cache/;

/** CometBFT's RPC, of which a node needs one call. */
export class EngineRpc {
  readonly #url: string;

  /** @throws AivmError `malformed` for no http or https address. */
  constructor(url: string) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
      throw new AivmError('malformed', `RPC address ${JSON.stringify(url)}: write http://127.0.0.1:26657`);
    }
    this.#url = parsed.href;
  }

  get url(): string {
    return this.#url;
  }

  /**
   * Hands a transaction to the engine, which checks it and passes it on.
   * @throws AivmError `unreachable` where the engine gave no answer; what became of the transaction is unknown then.
   */
  async broadcast(bytes: Uint8Array, signal?: AbortSignal): Promise<BroadcastAnswer> {
    const tx = Buffer.from(bytes).toString('base64');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'broadcast_tx_sync', params: { tx } });
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const text = await response.text();
      if (text.length > ANSWER_BYTES_MAX) throw new Error(`an answer of ${text.length} bytes`);
      return readAnswer(text);
    } catch (cause) {
      signal?.throwIfAborted();
      const why =
        cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : String(cause);
      throw new AivmError('unreachable', `CometBFT's RPC at ${this.#url}: ${why}`, { cause });
    }
  }
}

function readAnswer(text: string): BroadcastAnswer {
  const { result, error } = JSON.parse(text) as {
    result?: { code?: number; log?: string };
    error?: { message?: string; data?: string };
  };
  if (error !== undefined) {
    const reason = `${error.message ?? ''}: ${error.data ?? ''}`;
    return KNOWN.test(reason) ? { isTaken: true } : { isTaken: false, reason };
  }
  if (result?.code === undefined) throw new Error('an answer without result.code');
  return result.code === 0
    ? { isTaken: true }
    : { isTaken: false, reason: result.log ?? `code ${result.code}` };
}
