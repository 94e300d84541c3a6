import { KIND_NUMBER } from '../../attestation/kinds.ts';
import { ATTESTATION_LIMITS } from '../../attestation/limits.ts';
import { softwareStatementCodec } from '../../attestation/software/statement.ts';
import { attestationWork } from '../../attestation/work.ts';
import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { address, bytes, bytes32, height, u8, u32 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { certificates, id, quote } from './members.ts';

/**
 * The document on chain in a slot, whatever content it has by then; `size` is at least that of its body, so that work is
 * known before it is looked up.
 */
const citationCodec = struct('Citation', { slot: bytes32, size: u32 });

const codec = struct('SubmitAttestation', {
  provider: id,
  nonceHeight: height,
  /** Address of a key inside the processor's environment; zero = none. */
  sessionKey: address,
  /** None or one. `kind` by KIND_NUMBER; an Intel quote carries its own chain, an AMD report does not. */
  processors: list(struct('ProcessorEvidence', { kind: u8, report: quote, chain: certificates }), 1),
  gpus: list(struct('GpuEvidence', { report: quote, chain: certificates }), ATTESTATION_LIMITS.gpusMax),
  /** None or one. */
  statements: list(
    struct('StatementEvidence', {
      statement: softwareStatementCodec,
      /** The operator's own key, compressed. */
      publicKey: bytes(33),
      signature: bytes(64),
    }),
    1,
  ),
  /** Revocation lists: all that the chain holds of authorities behind the evidence. */
  lists: list(citationCodec, ATTESTATION_LIMITS.crlsMax),
  /** Firmware levels and enclave identity for an Intel quote. */
  documents: list(citationCodec, 2),
  /** Reference measurements for GPUs. */
  manifests: list(citationCodec, ATTESTATION_LIMITS.rimsMax),
  /** OCSP responses about certificates of NVIDIA, DER. They live for hours, so they come with the evidence. */
  responses: list(bytes(ATTESTATION_LIMITS.responseBytesMax), ATTESTATION_LIMITS.responsesMax),
});

/** Records, devices and lists that evidence touches, in addition to its verification. */
const ATTESTATION_RECORDS = 1_000;

/** As if every cited document were used by every piece of evidence: the transaction alone does not say which is whose. */
function evidenceWork(operation: CodecValue<typeof codec>): number {
  const sized = ({ size }: { readonly size: number }) => ({ length: size });
  const lists = operation.lists.map(sized);
  const rims = operation.manifests.map(sized);
  const listBytes = { length: operation.lists.reduce((sum, { size }) => sum + size, 0) };
  const [tcbInfo = { length: 0 }, identity = { length: 0 }] = operation.documents.map(sized);
  const processors = operation.processors.map(({ kind, report, chain }) => {
    if (kind === KIND_NUMBER.snp) return attestationWork({ kind: 'snp', report, chain }, { lists });
    const documents = { tcbInfo: { bytes: tcbInfo }, enclaveIdentity: { bytes: identity } };
    const intel = { rootList: listBytes, platformList: { length: 0 }, ...documents };
    return attestationWork({ kind: 'tdx', quote: report }, { intel });
  });
  const { gpus, responses } = operation;
  const graphics =
    gpus.length === 0 ? 0 : attestationWork({ kind: 'nvidia', gpus }, { lists, rims, responses });
  const statements = operation.statements.length * attestationWork({ kind: 'software' });
  return processors.reduce((sum, work) => sum + work, graphics + statements) + ATTESTATION_RECORDS;
}

/**
 * Shows that hardware vouches for a provider: a processor, GPUs, or both (or none: a statement of the operator alone).
 * Everything in it answers the id of the block at `nonceHeight`. The provider may be registered later, by the sender.
 */
export const submitAttestation = defineOperation({ tag: 9, codec, work: evidenceWork });
