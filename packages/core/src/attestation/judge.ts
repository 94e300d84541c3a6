import { equalBytes } from '../bytes/bytes.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { intersectWindows } from './encoding/time.ts';
import { type AttestationFacts, type Finding, type Objection, objectionsOf } from './facts.ts';
import { isProcessorKind } from './kinds.ts';
import { type AttestationPolicy, type MeasurementRule, RULE_BINDINGS } from './policy.ts';
import { type AttestationVerdict, showFacts } from './verdict.ts';

/** A read-only set: what a chain knows of earlier attestations. */
export interface KnownKeys {
  has(key: string): boolean;
}

/** When the newest known revocation list of an issuer was issued (Unix seconds), by the issuer of a UsedList. */
export interface NewestLists {
  get(issuer: string): number | undefined;
}

export interface JudgeParameters {
  readonly now: number;
  readonly policy: AttestationPolicy;
  readonly nonce: Uint8Array | undefined;
  readonly devicesInUse: KnownKeys | undefined;
  readonly usedReplayKeys: KnownKeys | undefined;
  readonly newestLists: NewestLists | undefined;
}

function matches(rule: MeasurementRule, facts: AttestationFacts): boolean {
  if (rule.kind !== facts.kind || (rule.measurement === undefined && rule.signer === undefined)) return false;
  const signer = facts.signer === undefined ? undefined : bytesToHex(facts.signer);
  return (
    (rule.measurement === undefined || rule.measurement === bytesToHex(facts.measurement)) &&
    (rule.signer === undefined || rule.signer === signer) &&
    (rule.productId === undefined || rule.productId === facts.productId) &&
    (rule.securityVersionMin === undefined || (facts.securityVersion ?? -1) >= rule.securityVersionMin) &&
    (rule.registers ?? []).every((register, i) => {
      const actual = facts.registers[i];
      return register === undefined || (actual !== undefined && register === bytesToHex(actual));
    }) &&
    RULE_BINDINGS.every((name) => {
      const [wanted, actual] = [rule[name], facts.bindings[name]];
      return wanted === undefined || (actual !== undefined && wanted === bytesToHex(actual));
    })
  );
}

/**
 * A list of workloads binds the processors. GPUs and statements run none of their own, so it binds them only where it
 * has a rule for their kind; what a GPU runs is for reference manifests to say.
 */
function isListed(facts: AttestationFacts, { measurements }: AttestationPolicy): boolean {
  if (measurements === undefined || measurements.some((rule) => matches(rule, facts))) return true;
  return !isProcessorKind(facts.kind) && !measurements.some((rule) => rule.kind === facts.kind);
}

/** 32 bytes are compared with every device's nonce, 64 bytes with the whole report data of a processor. */
function answersNonce(facts: AttestationFacts, nonce: Uint8Array | undefined): boolean {
  if (nonce === undefined) return true;
  if (nonce.length !== 32) return equalBytes(nonce, facts.reportData);
  return facts.devices.every((device) => equalBytes(device.nonce, nonce));
}

function isReused(facts: AttestationFacts, { usedReplayKeys }: JudgeParameters): boolean {
  if (usedReplayKeys === undefined) return false;
  return showFacts(facts).devices.some(({ replayKey }) => usedReplayKeys.has(replayKey));
}

function isDeviceTaken(facts: AttestationFacts, { devicesInUse }: JudgeParameters): boolean {
  const ids = facts.devices.map((device) => device.id).filter((id) => id !== undefined);
  return new Set(ids).size !== ids.length || ids.some((id) => devicesInUse?.has(id) === true);
}

function firstObjection(finding: Finding, parameters: JudgeParameters): Objection | undefined {
  const { facts } = finding;
  const { now, policy, nonce } = parameters;
  const isInside = facts.window.from <= now && now <= facts.window.until;
  const isNameless = facts.devices.some((device) => device.id === undefined);
  const hasOldList = facts.lists.some(
    (list) => (parameters.newestLists?.get(list.issuer) ?? 0) > list.thisUpdate,
  );
  const [first] = [
    ...objectionsOf([
      [!isInside, 'expired', `valid from ${facts.window.from} to ${facts.window.until}, asked at ${now}`],
      [!policy.kinds.includes(facts.kind), 'policy', `kind ${facts.kind} is not admitted`],
      [hasOldList, 'collateral_mismatch', 'a newer revocation list is known'],
      [facts.isDebug && !policy.allowsDebug, 'debug', 'debugging is on'],
    ]),
    ...finding.objections,
    ...objectionsOf([
      [!isListed(facts, policy), 'measurement', 'the workload is not on the list'],
      [!answersNonce(facts, nonce), 'nonce', 'made for another request'],
      [isReused(facts, parameters), 'nonce', 'used before'],
      [isNameless && policy.requiresDeviceId, 'policy', 'the device has no identity'],
      [isDeviceTaken(facts, parameters), 'device_in_use', 'a device counts once'],
    ]),
  ];
  return first;
}

/** The verdict on sound evidence under the policy, at `now`. */
export function judge(finding: Finding, parameters: JudgeParameters): AttestationVerdict {
  const { facts } = finding;
  const { now, policy } = parameters;
  const shown = showFacts(facts);
  const objection = firstObjection(finding, parameters);
  if (objection !== undefined) {
    return { accepted: false, ...objection, kind: facts.kind, trustScore: 0, facts: shown };
  }
  const { from, until } = intersectWindows([facts.window, { from: 0, until: now + policy.lifetimeSeconds }]);
  const { kind, trustScore } = facts;
  return { accepted: true, code: 'ok', kind, trustScore, validFrom: from, validUntil: until, ...shown };
}
