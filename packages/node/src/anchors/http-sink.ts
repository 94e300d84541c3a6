import { bytesToHex } from '@aivm/core/bytes';
import { anchorToJson, stringifyJson } from '@aivm/sdk';
import { type AnchorSink, AnchorSinkError } from './anchor-sink.ts';
import { signedToShape } from './validators/signed-shape.ts';

export interface HttpSinkOptions {
  readonly url: string;
  /** Sent as a bearer token, where the receiver wants one. */
  readonly token?: string | undefined;
  /** Until the whole answer is there. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 30_000;
/** The receiver has this anchor already. */
const CONFLICT = 409;

/**
 * Posts each anchor as JSON. 2xx: delivered; 409: the receiver has it already, which is as good; everything else, a
 * redirect included, is tried again later. `idempotency-key` is the anchor's id.
 * @throws TypeError unless the URL is http or https.
 */
export function createHttpSink({ url, token, timeoutMs = TIMEOUT_MS }: HttpSinkOptions): AnchorSink {
  const target = new URL(url);
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new TypeError(`url: expected http or https, got ${target.protocol}`);
  }
  return {
    kind: 'http',
    destination: `http:${target.href}`,
    next: async () => undefined,
    deliver: async (anchor, signal, endorsement) => {
      const limit = AbortSignal.timeout(timeoutMs);
      const response = await fetch(target, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': bytesToHex(anchor.id),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: stringifyJson(anchorToJson(anchor, endorsement && signedToShape(endorsement.signed))),
        redirect: 'manual',
        signal: AbortSignal.any([signal, limit]),
      }).catch((cause: unknown) => {
        const what = limit.aborted ? `no answer within ${timeoutMs} ms` : 'the receiver cannot be reached';
        throw new AnchorSinkError(what, { cause });
      });
      // Nothing in the answer matters, but the connection is free only without it.
      await response.body?.cancel();
      if (!response.ok && response.status !== CONFLICT) {
        throw new AnchorSinkError(`the receiver answered HTTP ${response.status}`);
      }
    },
    close: async () => undefined,
  };
}
