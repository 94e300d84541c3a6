import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { create } from '@bufbuild/protobuf';
import { errorFields, type Log } from '../../log.ts';
import { parseSnapshot, type Snapshot } from '../../snapshot/snapshot.ts';
import type { SnapshotReceipt } from '../../snapshot/snapshots.ts';
import type { HostPort } from '../host.ts';
import type { Answer, Call } from './abci-server.ts';
import { heightOf } from './engine-time.ts';
import {
  type RequestApplySnapshotChunk,
  type RequestLoadSnapshotChunk,
  type RequestOfferSnapshot,
  ResponseApplySnapshotChunkSchema,
  ResponseListSnapshotsSchema,
  ResponseLoadSnapshotChunkSchema,
  ResponseOfferSnapshotSchema,
} from './generated/abci_pb.ts';

/** What the application says of a snapshot that the engine found. */
const OFFER = { accept: 1, abort: 2, reject: 3, rejectFormat: 4 } as const;
/** And of one of its chunks. */
const APPLY = { accept: 1, abort: 2, retry: 3 } as const;

/** The calls of state sync. */
export type SnapshotCall = Extract<
  Call,
  { case: 'listSnapshots' | 'offerSnapshot' | 'loadSnapshotChunk' | 'applySnapshotChunk' }
>;

const isOfSender = ({ code }: AivmError): boolean =>
  code === 'malformed' || code === 'too_large' || code === 'out_of_range';

/** The engine's snapshot connection: what state sync gives to others, and takes from them. */
export class EngineSnapshots {
  readonly #port: HostPort;
  readonly #log: Log;
  readonly #onRestored: () => void;
  #receipt: SnapshotReceipt | undefined;

  constructor(port: HostPort, { log, onRestored }: { readonly log: Log; readonly onRestored: () => void }) {
    this.#port = port;
    this.#log = log;
    this.#onRestored = onRestored;
  }

  async answer(call: SnapshotCall): Promise<Answer> {
    switch (call.case) {
      case 'listSnapshots':
        return {
          case: call.case,
          value: create(ResponseListSnapshotsSchema, { snapshots: await this.#list() }),
        };
      case 'loadSnapshotChunk': {
        const chunk = await this.#load(call.value);
        return { case: call.case, value: create(ResponseLoadSnapshotChunkSchema, { chunk }) };
      }
      case 'offerSnapshot': {
        const result = await this.#offer(call.value);
        return { case: call.case, value: create(ResponseOfferSnapshotSchema, { result }) };
      }
      case 'applySnapshotChunk': {
        const applied = await this.#apply(call.value);
        return { case: call.case, value: create(ResponseApplySnapshotChunkSchema, applied) };
      }
    }
  }

  async #list() {
    const snapshots = (await this.#port.snapshots?.list()) ?? [];
    return snapshots.map(({ header, format, chunkCount, hash, bytes }) => ({
      height: BigInt(header.height),
      format,
      chunks: chunkCount,
      hash,
      metadata: bytes,
    }));
  }

  async #load({ height, chunk }: RequestLoadSnapshotChunk): Promise<Uint8Array> {
    return (await this.#port.snapshots?.readChunk(heightOf(height), chunk)) ?? new Uint8Array(0);
  }

  /** `appHash` is what the engine's light client verified: the id of the block whose state it is. */
  async #offer({ snapshot: offered, appHash }: RequestOfferSnapshot): Promise<number> {
    const { snapshots } = this.#port;
    if (snapshots === undefined || this.#port.lastAccepted().header.height > 0) return OFFER.abort;
    await this.#receipt?.abandon();
    this.#receipt = undefined;
    try {
      const snapshot = readOffer(offered);
      const trusted = { height: heightOf(offered?.height ?? 0n), id: appHash };
      this.#receipt = await snapshots.receive(snapshot, trusted);
      this.#log.info({ height: trusted.height, chunks: snapshot.chunkCount }, 'abci: takes a snapshot');
      return OFFER.accept;
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
      this.#log.warn({ ...errorFields(error), appHash: bytesToHex(appHash) }, 'abci: a snapshot is refused');
      return error.code === 'not_supported' ? OFFER.rejectFormat : OFFER.reject;
    }
  }

  async #apply({ index, chunk, sender }: RequestApplySnapshotChunk) {
    const receipt = this.#receipt;
    if (receipt === undefined) return { result: APPLY.abort };
    try {
      if (!(await receipt.take(index, chunk))) return { result: APPLY.accept };
    } catch (error) {
      if (!(error instanceof AivmError) || !isOfSender(error)) throw error;
      this.#log.warn({ ...errorFields(error), sender }, 'abci: a chunk is refused');
      return { result: APPLY.retry, refetchChunks: [index], rejectSenders: sender === '' ? [] : [sender] };
    }
    this.#receipt = undefined;
    this.#onRestored();
    return { result: APPLY.accept };
  }
}

/** @throws AivmError where what the engine was told of it is not what its manifest says. */
function readOffer(offered: RequestOfferSnapshot['snapshot']): Snapshot {
  if (offered === undefined) throw new AivmError('malformed', 'snapshot: none is offered');
  const snapshot = parseSnapshot(offered.metadata);
  const isSame =
    offered.format === snapshot.format &&
    offered.chunks === snapshot.chunkCount &&
    equalBytes(offered.hash, snapshot.hash);
  if (!isSame) throw new AivmError('malformed', 'snapshot: the offer says something else than its manifest');
  return snapshot;
}
