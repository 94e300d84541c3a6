import { concatBytes, equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { type AttestationFacts, type Finding, objectionsOf, type VerificationContext } from '../facts.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { expect } from '../refusal.ts';
import { SCORE_CPU } from '../score.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type IntelCollateral, type VerifiedCollateral, verifyIntelCollateral } from './collateral.ts';
import type { LevelStatus } from './document.ts';
import { assertQuotingEnclave } from './enclave-identity.ts';
import { type PlatformIdentity, readPlatformIdentity } from './pck.ts';
import { type IntelQuote, parseIntelQuote } from './quote.ts';
import { type EnclaveReport, readEnclaveReport, type TdReport } from './quote-body.ts';
import { evaluateTcbLevel } from './tcb-level.ts';
import { objectToTrustBits } from './trust-bits.ts';

/** A DCAP quote with the platform's certificates inside. */
export interface IntelEvidence {
  readonly kind: 'sgx' | 'tdx';
  readonly quote: Uint8Array;
}

const SGX_ATTRIBUTE_DEBUG = 0x02;

/** Refuses unless PCK → quoting enclave → attestation key → quote are signed each by the one before. */
function assertSignatures(
  quote: IntelQuote,
  pck: Certificate,
  primitives: AttestationPrimitives,
): EnclaveReport {
  const key = pck.publicKey;
  expect(key.type === 'ec' && key.curve === 'p256', 'unsupported', 'PCK certificate: key');
  const verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
    primitives.verifyEcdsa({ curve: 'p256', hash: 'sha256', publicKey, message, signature });
  const { qeReport, qeSignature, attestationKey, qeAuthData, signedBytes, signature } = quote;
  expect(verify(key.point, qeReport, qeSignature), 'signature', 'report of the quoting enclave');
  const report = readEnclaveReport(qeReport);
  const bound = primitives.sha256(concatBytes(attestationKey, qeAuthData));
  const isBound =
    equalBytes(report.reportData.subarray(0, 32), bound) && isZeroBytes(report.reportData.subarray(32));
  expect(isBound, 'binding', 'the attestation key is not the one of the quoting enclave');
  const point = concatBytes(Uint8Array.of(4), attestationKey);
  expect(verify(point, signedBytes, signature), 'signature', 'quote signature');
  return report;
}

function isDebug(body: EnclaveReport | TdReport): boolean {
  const first = body.attributes[0] ?? 0;
  return body.type === 'td' ? first !== 0 : (first & SGX_ATTRIBUTE_DEBUG) !== 0;
}

/** What an allow-list may name beside measurements. */
function bindingsOf(body: EnclaveReport | TdReport): AttestationFacts['bindings'] {
  const attributes = body.attributes.slice();
  if (body.type === 'enclave') return { attributes };
  const { xfam, configId, owner, ownerConfig } = body;
  return {
    attributes,
    xfam: xfam.slice(),
    configId: configId.slice(),
    owner: owner.slice(),
    ownerConfig: ownerConfig.slice(),
  };
}

function serviceTdOf(body: EnclaveReport | TdReport): string | undefined {
  if (body.type !== 'td' || body.serviceTd === undefined || isZeroBytes(body.serviceTd)) return undefined;
  return bytesToHex(body.serviceTd);
}

interface FactsParameters {
  readonly quote: IntelQuote;
  readonly platform: PlatformIdentity;
  readonly collateral: VerifiedCollateral;
  readonly level: LevelStatus | undefined;
}

function factsOf({ quote, platform, collateral, level }: FactsParameters): AttestationFacts {
  const { body } = quote;
  const isTd = body.type === 'td';
  const { info, identity, window } = collateral;
  return {
    kind: quote.kind,
    devices: [{ id: platform.ppid, nonce: body.reportData.slice(0, 32) }],
    measurement: body.measurement.slice(),
    registers: isTd ? body.registers.map((register) => register.slice()) : [],
    signer: isTd ? undefined : body.signer.slice(),
    productId: isTd ? undefined : body.productId,
    securityVersion: isTd ? undefined : body.securityVersion,
    bindings: bindingsOf(body),
    reportData: body.reportData.slice(),
    isDebug: isDebug(body),
    tcbStatus: level?.status,
    advisories: level?.advisories ?? [],
    tcbEvaluationDataNumber: Math.min(info.tcbEvaluationDataNumber, identity.tcbEvaluationDataNumber),
    lists: collateral.lists,
    authorities: collateral.authorities,
    window,
    trustScore: SCORE_CPU,
    gpus: [],
    details: {
      fmspc: platform.fmspc,
      pceId: platform.pceId,
      attributes: bytesToHex(body.attributes),
      serviceTd: serviceTdOf(body) ?? '',
    },
  };
}

/** Verifies an SGX or TDX quote under Intel's root. About 11 P-256 verifications. */
export function verifyIntel(
  evidence: IntelEvidence,
  collateral: IntelCollateral | undefined,
  context: VerificationContext,
): Finding {
  const { policy, primitives } = context;
  const quote = parseIntelQuote(evidence.quote);
  expect(quote.kind === evidence.kind, 'malformed', `the quote is of kind ${quote.kind}`);
  expect(collateral !== undefined, 'collateral_missing', 'lists, TCB info and enclave identity');
  const verified = verifyIntelCollateral(quote.certificates, collateral, quote.kind, context);
  const { info, identity } = verified;
  const platform = readPlatformIdentity(verified.pck);
  const isSamePlatform = info.fmspc === platform.fmspc && info.pceId === platform.pceId;
  expect(isSamePlatform, 'collateral_mismatch', 'TCB info of another platform');
  const qeReport = assertSignatures(quote, verified.pck, primitives);
  assertQuotingEnclave(qeReport, identity);
  const level = evaluateTcbLevel({ platform, body: quote.body, qeReport, info, identity });
  const facts = factsOf({ quote, platform, collateral: verified, level });
  const serviceTd = serviceTdOf(quote.body);
  const { tcbStatuses, tcbEvaluationDataNumberMin, serviceTds } = policy.intel;
  const isOld = (facts.tcbEvaluationDataNumber ?? 0) < tcbEvaluationDataNumberMin;
  const objections = objectionsOf([
    [isOld, 'collateral_mismatch', 'a newer evaluation of the firmware levels is known'],
    [
      info.tcbEvaluationDataNumber < identity.tcbEvaluationDataNumber,
      'collateral_mismatch',
      `TCB info of evaluation ${info.tcbEvaluationDataNumber}, enclave identity of ${identity.tcbEvaluationDataNumber}`,
    ],
    [level === undefined, 'tcb', 'the firmware is below every level'],
    [level !== undefined && !tcbStatuses.includes(level.status), 'tcb', `firmware level ${level?.status}`],
    [quote.hasTrailingBytes, 'malformed', 'bytes behind the quote'],
    [
      serviceTd !== undefined && !serviceTds.includes(serviceTd),
      'measurement',
      'a service TD serves this one',
    ],
  ]);
  return { facts, objections: [...objections, ...objectToTrustBits(quote.body, policy.intel)] };
}
