import { type AttestationKind, attestationBinding, attestationNonce } from '@aivm/core/attestation';
import { AivmError } from '@aivm/core/errors';
import type { SessionResult } from '@aivm/core/execute';
import type { ProviderAttestation } from '@aivm/core/state';
import { sleep } from '../backoff.ts';
import { retryTransient } from '../transient.ts';
import type { OperationSender } from '../worker-node.ts';
import type { AttestationEvent } from './attestation-event.ts';
import type { AttestationNode, ChainHead } from './attestation-node.ts';
import type { EvidenceRequest, EvidenceSource } from './evidence-source.ts';
import { publishDocuments } from './publish-documents.ts';
import { createSession } from './session.ts';

/** Renewed when this part of its time has passed. */
const RENEW_AT = 2 / 3;
const RETRY_MS = 30_000;
const CHECK_MS = 10_000;
const NO_SIGNATURE = new Uint8Array(0);

/** What an attestor works with. */
export interface AttestorOptions {
  readonly provider: string;
  readonly node: AttestationNode;
  /** Signs as the operator. */
  readonly sender: OperationSender;
  readonly source: EvidenceSource;
  readonly report: (event: AttestationEvent) => void;
  /** Wall clock, Unix seconds. */
  readonly now: () => number;
  /** Pace of looking whether it still counts, milliseconds [10,000]. */
  readonly checkMs?: number;
}

/** Keeps a provider attested, and signs its answers with the attested key. */
export interface Attestor {
  /** Attests once. A refusal, or evidence that cannot be made, is reported and leaves the provider unattested. */
  attest(signal: AbortSignal): Promise<void>;
  /** Renews before the attestation ends, and tries again where there is none, until `signal` is aborted. */
  keep(signal: AbortSignal): Promise<void>;
  /** The session signature of an answer; empty while this process is not attested. */
  sign(result: Omit<SessionResult, 'genesisHash'>): Uint8Array;
  /**
   * The chain holds another session key of this provider: signs nothing until this process attests again, when its own
   * attestation is due. Not at once: two processes of one provider would take each other's place for ever, and pay.
   */
  giveWay(): void;
}

/** An attestor with a session key of its own. */
export function createAttestor(options: AttestorOptions): Attestor {
  const { provider, node, sender, source, report, now, checkMs = CHECK_MS } = options;
  const session = createSession();
  let isDisplaced = false;
  let attested: { readonly record: ProviderAttestation; readonly head: ChainHead } | undefined;

  const requestFor = ({ chainId, id: blockId, timestamp: blockTime }: ChainHead): EvidenceRequest => {
    const operator = sender.address;
    const nonce = attestationNonce({ chainId, operator, blockId });
    const bindingOf = (kind: AttestationKind): Uint8Array =>
      attestationBinding({ chainId, operator, nonce, kind, sessionKey: session.address });
    return { chainId, provider, blockTime, bindingOf };
  };

  const attestOnce = async (signal: AbortSignal): Promise<void> => {
    const cited = await publishDocuments((await source.readDocuments?.()) ?? [], { node, sender, signal });
    // Documents first: the id that the evidence answers must not age while they are published.
    const head = await node.getHead();
    const evidence = await source.makeEvidence(requestFor(head), { signal });
    const { height: nonceHeight } = head;
    const { address: sessionKey } = session;
    const target = { provider, nonceHeight, sessionKey };
    const operation = { kind: 'submitAttestation', ...target, responses: [] } as const;
    const { height } = await sender.send({ ...operation, ...evidence, ...cited }, { signal });
    const record = await node.getAttestation(provider, sender.address);
    if (record === undefined) return;
    attested = { record, head };
    isDisplaced = false;
    const { score, validUntil, hardware, cpuTee } = record;
    report({ kind: 'attested', provider, height, score, validUntil, hardware, cpuTee });
  };

  const attest = async (signal: AbortSignal): Promise<void> => {
    const onRetry = ({ code, detail }: AivmError) => report({ kind: 'retrying', provider, code, detail });
    try {
      await retryTransient(() => attestOnce(signal), { signal, onRetry });
    } catch (error) {
      if (signal.aborted) return;
      const isRefusal = error instanceof AivmError;
      const detail = isRefusal ? error.detail : error instanceof Error ? error.message : String(error);
      report({ kind: 'unattested', provider, code: isRefusal ? error.code : '', detail });
    }
  };

  const renewalOf = ({ record, head }: NonNullable<typeof attested>): number =>
    head.timestamp + RENEW_AT * (record.validUntil - head.timestamp);

  /** Until the next look: at the usual pace, but not past the time of renewal. */
  const pauseMs = (): number => {
    if (attested === undefined) return RETRY_MS;
    const leftMs = (renewalOf(attested) - now()) * 1_000;
    return leftMs > 0 ? Math.min(checkMs, leftMs) : checkMs;
  };

  const isDue = async (): Promise<boolean> => {
    if (attested === undefined) return true;
    if (now() >= renewalOf(attested)) return true;
    try {
      return !(await node.isCurrent(attested.record, now()));
    } catch (error) {
      // Whatever a node answers: it is asked again at the next look.
      if (error instanceof AivmError) return false;
      throw error;
    }
  };

  return {
    attest,
    keep: async (signal) => {
      while (!signal.aborted) {
        await sleep(pauseMs(), signal);
        if (signal.aborted || !(await isDue())) continue;
        if (attested !== undefined && now() > attested.record.validUntil) attested = undefined;
        await attest(signal);
      }
    },
    sign: (result) => {
      if (isDisplaced || attested === undefined || now() > attested.record.validUntil) return NO_SIGNATURE;
      return session.sign({ genesisHash: attested.head.genesisHash, ...result });
    },
    giveWay: () => {
      if (isDisplaced) return;
      isDisplaced = true;
      const detail = 'another process attested this provider; answers go unsigned until the next renewal';
      report({ kind: 'unattested', provider, code: 'bad_signature', detail });
    },
  };
}
