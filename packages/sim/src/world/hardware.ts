import {
  type AttestationBindingParameters,
  attestationBinding,
  installAttestationPrimitives,
} from '@aivm/core/attestation';
import { bytesToHex, concatBytes, utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import type { OperationOf } from '@aivm/core/tx';
import { createRememberingPrimitives, nodePrimitives } from '@aivm/node';
import {
  makeSnp,
  makeSnpIssuers,
  pinCertificate,
  type SnpIssuers,
  type TestCertificate,
} from '@aivm/test-authority';
import { SIM_TIMESTAMP } from './sim-chain.ts';

const DAY = 86_400;
/** Last second of whatever the vendor signs, unless it says otherwise. */
export const VENDOR_UNTIL: number = SIM_TIMESTAMP + DAY;
const CHIP_BYTES = 64;
/** What every genuine report of the test vendor measures: the workload that the chain admits. */
const MEASUREMENT = '4d'.repeat(48);

/** One processor with the certificate that the vendor made for it. */
export interface Machine {
  readonly hardwareId: Uint8Array;
  readonly serial: number;
  /** Last second of its certificate. */
  readonly until: number;
  readonly leaf: TestCertificate;
  readonly issuers: SnpIssuers;
}

/** Made once a process: keys and certificates cost more than a hundred blocks. Equal names give equal bytes. */
const once = <T>(make: (name: string) => T): ((name: string) => T) => {
  const known = new Map<string, T>();
  return (name) => {
    const value = known.get(name) ?? make(name);
    known.set(name, value);
    return value;
  };
};

const issuersUntil = once((until) => makeSnpIssuers({ from: SIM_TIMESTAMP - DAY, until: Number(until) }));
/** Whom the simulated chains trust. */
export const vendor = (): SnpIssuers => issuersUntil(String(VENDOR_UNTIL));
/** The same names and keys under a root that no chain knows. */
const otherVendor = (): SnpIssuers => issuersUntil(String(VENDOR_UNTIL + DAY));

const digestOf = (name: string): Uint8Array => keccak256(utf8ToBytes(`aivm-sim-machine/${name}`));
/** The number of a machine's certificate. */
export const serialOf = (name: string): number => new DataView(digestOf(name).buffer).getUint32(0) >>> 2;

function makeMachine(name: string, until: number, issuers: SnpIssuers): Machine {
  const digest = digestOf(name);
  const hardwareId = concatBytes(digest, digest).subarray(0, CHIP_BYTES);
  const serial = serialOf(name);
  const leaf = { serial, from: SIM_TIMESTAMP - DAY, until };
  const { leaf: certificate } = makeSnp({ hardwareId, issuers, leaf });
  return { hardwareId, serial, until, leaf: certificate, issuers };
}

const certified = new Map<string, Machine>();

/** The machine of a name, with the vendor's certificate; `until` in seconds after genesis where it ends early. */
export function machineOf(name: string, until = DAY): Machine {
  const machine = genuine(`${name}/${until}`);
  certified.set(bytesToHex(machine.leaf.der), machine);
  return machine;
}
const genuine = once((name) => {
  const [machine = name, until] = name.split('/');
  return makeMachine(machine, SIM_TIMESTAMP + Number(until), vendor());
});
/** The same chip under the certificate of somebody else. */
export const counterfeitOf: (name: string) => Machine = once((name) =>
  makeMachine(name, VENDOR_UNTIL, otherVendor()),
);

/** The machine for which the vendor made this certificate: what the vendor knows, and a checker asks. */
export const certifiedMachine = (leaf: Uint8Array): Machine | undefined => certified.get(bytesToHex(leaf));

const signed = new Set<string>();
/** Whether a machine of the vendor made this report: the truth, whatever a chain thinks of it. */
export const isGenuine = (report: Uint8Array): boolean => signed.has(bytesToHex(report));

const reports = new Map<string, Uint8Array>();

export type ProcessorEvidence = OperationOf<'submitAttestation'>['processors'][number];

/** What a machine shows for a request. */
export function evidenceOf(
  machine: Machine,
  request: Omit<AttestationBindingParameters, 'kind'>,
): ProcessorEvidence {
  const { hardwareId, leaf, issuers } = machine;
  const binding = attestationBinding({ ...request, kind: 'snp' });
  const name = bytesToHex(leaf.der) + bytesToHex(binding);
  const reportData = concatBytes(binding, ZERO_32);
  const report =
    reports.get(name) ?? makeSnp({ hardwareId, issuers, leafCertificate: leaf, reportData }).evidence.report;
  reports.set(name, report);
  if (certifiedMachine(leaf.der) !== undefined) signed.add(bytesToHex(report));
  return { kind: 2, report, chain: [leaf.der, issuers.authority.der, issuers.root.der] };
}

/** What genesis says of attestation on a chain whose providers attest again after `lifetimeSeconds`. */
export const attestationGenesis = (lifetimeSeconds: number): object => ({
  testRoots: [pinCertificate('amd-genoa', vendor().root)],
  policy: { lifetimeSeconds, measurements: [{ kind: 'snp', measurement: MEASUREMENT }] },
});

let isInstalled = false;

/** Nodes of one process verify a signature once: what one found valid is valid for all. */
export function installSharedVerification(): void {
  if (isInstalled) return;
  installAttestationPrimitives(createRememberingPrimitives(nodePrimitives));
  isInstalled = true;
}
