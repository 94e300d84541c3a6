import {
  type AttestationEvidence,
  type GPUAttestationAnswer,
  verifyEvidenceFiles,
  verifyGPUAttestationShape,
} from '@aivm/core/attestation';
import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { toPem } from '@aivm/test-authority';
import type { Answer, Input, Mutant } from '../input.ts';
import type { Random } from '../random.ts';
import { append, editBytes } from './bytes.ts';
import { editJson } from './text.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

interface Files {
  readonly evidence: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly rims: readonly Uint8Array[];
  readonly collateral: Uint8Array | undefined;
}

function collateralFile({ collateral }: Input): Uint8Array | undefined {
  const { intel, lists } = collateral;
  if (lists !== undefined) return utf8ToBytes(JSON.stringify({ crls: lists.map(base64) }));
  if (intel === undefined) return undefined;
  const { tcbInfo, enclaveIdentity } = intel;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return utf8ToBytes(
    JSON.stringify({
      root_ca_crl: bytesToHex(intel.rootList),
      pck_crl: base64(intel.platformList),
      tcb_info: text(tcbInfo.bytes),
      tcb_info_signature: bytesToHex(tcbInfo.signature),
      tcb_info_issuer_chain: toPem(tcbInfo.chain),
      qe_identity: text(enclaveIdentity.bytes),
      qe_identity_signature: bytesToHex(enclaveIdentity.signature),
      qe_identity_issuer_chain: toPem(enclaveIdentity.chain),
    }),
  );
}

function evidenceFile(evidence: AttestationEvidence, random: Random): Uint8Array | undefined {
  if (evidence.kind === 'software') return undefined;
  if (evidence.kind === 'nvidia') {
    const evidences = evidence.gpus.map(({ report, chain }) => ({
      evidence: base64(report),
      certificate: base64(utf8ToBytes(toPem(chain))),
    }));
    return utf8ToBytes(JSON.stringify({ evidences }));
  }
  const bytes = evidence.kind === 'snp' ? evidence.report : evidence.quote;
  return random.pick([bytes, utf8ToBytes(bytesToHex(bytes)), utf8ToBytes(base64(bytes))]);
}

function filesOf(input: Input, random: Random): Files | undefined {
  const evidence = evidenceFile(input.evidence, random);
  if (evidence === undefined) return undefined;
  const chain = input.evidence.kind === 'snp' ? [utf8ToBytes(toPem(input.evidence.chain))] : [];
  return { evidence, chain, rims: input.collateral.rims ?? [], collateral: collateralFile(input) };
}

function askFiles(input: Input, files: Files): Answer {
  const { now, policy, primitives } = input.options;
  const report = verifyEvidenceFiles({
    ...files,
    kind: input.evidence.kind,
    now,
    policy,
    ...(primitives === undefined ? {} : { primitives }),
  });
  const facts = report.accepted ? JSON.stringify(report) : undefined;
  return { code: report.code, facts, attested: facts };
}

const fileFacts = new WeakMap<Input, string | undefined>();

/** What the undamaged files give; one verification per sample, since every form reads the same. */
function undamagedFacts(input: Input, files: Files): string | undefined {
  if (!fileFacts.has(input)) fileFacts.set(input, askFiles(input, files).facts);
  return fileFacts.get(input);
}

/** Files as `aivm attest verify` reads them, damaged in the form in which they lie on disk. */
export function damageFile(input: Input, random: Random): Mutant | undefined {
  const files = filesOf(input, random);
  if (files === undefined) return undefined;
  const damage = random.pick([editBytes, editBytes, append, editJson]);
  const changed: Files = random.pick([
    () => ({ ...files, evidence: damage(files.evidence, random) }),
    () => ({ ...files, chain: files.chain.map((file) => damage(file, random)) }),
    () => ({ ...files, collateral: files.collateral && damage(files.collateral, random) }),
    () => ({ ...files, collateral: random.bytes(random.below(60)) }),
  ])();
  return { allowance: 'same', expected: undamagedFacts(input, files), run: () => askFiles(input, changed) };
}

function shapeOf(input: Input): Readonly<Record<string, unknown>> | undefined {
  const { evidence } = input;
  if (evidence.kind === 'nvidia') {
    const [gpu] = evidence.gpus;
    if (gpu === undefined || evidence.gpus.length !== 1) return undefined;
    const local = { spdm_report: base64(gpu.report), cert_chain: base64(utf8ToBytes(toPem(gpu.chain))) };
    return { device_id: 'gpu-0', model: '', mode: 0, local_evidence: { ...local, rim_verified: true } };
  }
  if (evidence.kind !== 'software') return undefined;
  const { statement, nonce, publicKey, signature } = evidence;
  return {
    device_id: statement.deviceId,
    model: statement.model,
    mode: 1,
    software_attestation: {
      gpu_serial: statement.gpuSerial,
      pci_id: statement.pciId,
      board_id: statement.boardId,
      gpu_part_num: statement.gpuPartNumber,
      compute_caps: statement.computeCapability,
      driver_version: statement.driverVersion,
      cuda_version: statement.cudaVersion,
      vbios_version: statement.vbiosVersion,
      benchmark_hash: [...statement.benchmarkHash],
      benchmark_time_ms: String(statement.benchmarkTimeMs),
      provider_pubkey: base64(publicKey),
      signature: base64(signature),
      timestamp: new Date(statement.timestamp * 1_000).toISOString().replace('.000', ''),
      nonce: [...nonce],
    },
  };
}

const ODD: readonly unknown[] = [
  null,
  0,
  1,
  2,
  -1,
  1.5,
  '',
  'AAAA',
  'GB200',
  true,
  [],
  {},
  2 ** 64,
  '\ud800',
  [256],
  NaN,
];

function editShape(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || random.below(12) === 0) {
    if (typeof value === 'string' && random.below(2) === 0 && value !== '') {
      return Buffer.from(editBytes(new Uint8Array(Buffer.from(value, 'base64')), random)).toString('base64');
    }
    return random.pick(ODD);
  }
  const names = Object.keys(value);
  if (names.length === 0) return random.pick(ODD);
  const extra = random.pick([
    'cc_enabled',
    'tee_io_enabled',
    'driver_version',
    'vbios_version',
    'nonce',
    '__proto__',
  ]);
  if (random.below(6) === 0) return { ...value, [extra]: random.pick(ODD) };
  const name = random.pick(names);
  return { ...value, [name]: editShape((value as Record<string, unknown>)[name], random) };
}

const shapeAnswer = (answer: GPUAttestationAnswer): Answer => {
  const facts = answer.verified ? JSON.stringify(answer) : undefined;
  return { code: answer.code, facts, attested: facts };
};

const shapeFacts = new WeakMap<Input, string | undefined>();

/** The JSON that HTTP clients send, with other members and values. */
export function damageShape(input: Input, random: Random): Mutant | undefined {
  const shape = shapeOf(input);
  if (shape === undefined) return undefined;
  const options = { ...input.options, collateral: input.collateral, chainId: 7n, provider: 'provider-1' };
  const changed = editShape(shape, random);
  if (!shapeFacts.has(input)) {
    shapeFacts.set(input, shapeAnswer(verifyGPUAttestationShape(shape, options)).facts);
  }
  return {
    allowance: 'same',
    expected: shapeFacts.get(input),
    run: () => shapeAnswer(verifyGPUAttestationShape(changed, options)),
  };
}
