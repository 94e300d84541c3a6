import { bytesToHex, concatBytes } from '@aivm/core/bytes';
import type { OperationOf } from '@aivm/core/tx';
import { certifiedMachine, isGenuine, VENDOR_UNTIL } from '../world/hardware.ts';
import { little, named, sized } from './own-encoding.ts';

type SubmitAttestation = OperationOf<'submitAttestation'>;

const KINDS = { snp: 2, software: 6 } as const;
/** Where AMD's report has the guest's data and the chip. */
const REPORT_DATA = 0x50;
const CHIP_ID = 0x1a0;
const CHIP_BYTES = 64;

/** What a processor's evidence says, and what its vendor knows of it: read from the bytes, not from a verifier. */
export interface ShownEvidence {
  /** Hex of the chip. */
  readonly device: string;
  /** Hex of the first half of the report data: the request that it answers. */
  readonly answers: string;
  /** Whether a machine that the vendor certified made this report. */
  readonly isGenuine: boolean;
  readonly serial: number;
  /** Last second at which every certificate counts. */
  readonly until: number;
}

/** The processor's evidence in an operation, if it has one. */
export function shownEvidence({ processors }: SubmitAttestation): ShownEvidence | undefined {
  const [processor] = processors;
  if (processor === undefined) return undefined;
  const { report, chain } = processor;
  const machine = chain[0] === undefined ? undefined : certifiedMachine(chain[0]);
  return {
    device: bytesToHex(report.slice(CHIP_ID, CHIP_ID + CHIP_BYTES)),
    answers: bytesToHex(report.slice(REPORT_DATA, REPORT_DATA + 32)),
    isGenuine: machine !== undefined && isGenuine(report),
    serial: machine?.serial ?? -1,
    until: Math.min(machine?.until ?? 0, VENDOR_UNTIL),
  };
}

/** What evidence of an operator must answer, by the protocol's formula; hex. */
export function requestOf(
  kind: keyof typeof KINDS,
  {
    chainId,
    operator,
    blockId,
    sessionKey,
  }: { chainId: bigint; operator: Uint8Array; blockId: Uint8Array; sessionKey: Uint8Array },
): string {
  const chain = little(chainId, 8);
  const nonce = named('AttestationNonce', concatBytes(chain, operator, blockId));
  const body = concatBytes(chain, operator, nonce, Uint8Array.of(KINDS[kind]), sized(sessionKey));
  return bytesToHex(named('AttestationBinding', body));
}
