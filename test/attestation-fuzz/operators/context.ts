import type { AttestationEvidence, AttestationVerdict } from '@aivm/core/attestation';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import type { Allowance, Input, Sample } from '../input.ts';
import type { Random } from '../random.ts';

/** An input under other circumstances, and what they allow. */
export interface Circumstance {
  readonly input: Input;
  readonly allowance: Allowance;
}

const YEAR_9999 = 253_402_300_799;

/** Asked at another second: at both ends of the window, a second outside, or any time at all. */
export function changeTime({ input, verdict }: Sample, random: Random): Circumstance {
  const { now } = input.options;
  const edges = verdict.accepted ? [verdict.validFrom, verdict.validUntil] : [now];
  const edge = random.pick(edges);
  const asked = random.pick([
    edge - 1,
    edge,
    edge + 1,
    now - 86_400,
    now + 86_400,
    0,
    random.below(YEAR_9999),
  ]);
  const clamped = Math.min(YEAR_9999, Math.max(0, asked));
  const isInside = verdict.accepted && verdict.validFrom <= clamped && clamped <= verdict.validUntil;
  return {
    input: { ...input, options: { ...input.options, now: clamped } },
    allowance: isInside ? 'same' : 'never',
  };
}

const reportDataOf = (verdict: AttestationVerdict): Uint8Array | undefined =>
  verdict.accepted ? verdict.reportData : verdict.facts?.reportData;

/** Asked for with a nonce: its own, one of another provider or chain, or one bit beside it. */
export function changeNonce(
  { input, verdict }: Sample,
  samples: readonly Sample[],
  random: Random,
): Circumstance {
  const own = reportDataOf(verdict);
  const other = reportDataOf(random.pick(samples).verdict) ?? random.bytes(32);
  const chosen = random.pick([own ?? other, other, random.bytes(32), random.bytes(64)]);
  const size = chosen.length === 64 && random.below(2) === 0 ? 64 : 32;
  const nonce = chosen.slice(0, size);
  if (random.below(4) === 0) nonce[random.below(size)] = (nonce[0] ?? 0) ^ (1 << random.below(8));
  const isOwn = own !== undefined && equalBytes(size === 64 ? own : own.slice(0, 32), nonce);
  return { input: { ...input, options: { ...input.options, nonce } }, allowance: isOwn ? 'same' : 'never' };
}

/** The same device or evidence a second time, or lists older than known ones. */
export function reuse({ input, verdict }: Sample, random: Random): Circumstance {
  const facts = verdict.accepted ? verdict : verdict.facts;
  const known: Readonly<Record<string, unknown>>[] = (facts?.devices ?? []).flatMap(({ id, replayKey }) => [
    { usedReplayKeys: new Set([replayKey]) },
    ...(id === undefined ? [] : [{ devicesInUse: new Set([id]) }]),
  ]);
  for (const { issuer, thisUpdate } of facts?.lists ?? []) {
    known.push({ newestLists: new Map([[issuer, thisUpdate + 1]]) });
  }
  if (known.length === 0) return { input, allowance: 'same' };
  return { input: { ...input, options: { ...input.options, ...random.pick(known) } }, allowance: 'never' };
}

const bytesOf = (evidence: AttestationEvidence, random: Random): Uint8Array => {
  if (evidence.kind === 'snp') return evidence.report;
  if (evidence.kind === 'nvidia') return random.pick(evidence.gpus).report;
  return evidence.kind === 'software' ? evidence.signature : evidence.quote;
};

/** Evidence of one kind handed in as another. */
export function changeKind({ input }: Sample, random: Random): Circumstance {
  const { evidence } = input;
  const report = bytesOf(evidence, random);
  const chain =
    evidence.kind === 'snp'
      ? evidence.chain
      : evidence.kind === 'nvidia'
        ? (evidence.gpus[0]?.chain ?? [])
        : [];
  const others: readonly AttestationEvidence[] = [
    { kind: 'snp', report, chain },
    { kind: 'sgx', quote: report },
    { kind: 'tdx', quote: report },
    { kind: 'nvidia', gpus: [{ report, chain }] },
    { kind: 'nvidia', gpus: [] },
    { kind: 'nvidia', gpus: Array.from({ length: 9 }, () => ({ report, chain })) },
  ];
  const other = random.pick(others.filter(({ kind }) => kind !== evidence.kind || kind === 'nvidia'));
  // One of several GPUs with its chain is evidence of that one.
  const isOneGpu = evidence.kind === 'nvidia' && other.kind === 'nvidia' && other.gpus.length === 1;
  return { input: { ...input, evidence: other }, allowance: isOneGpu ? 'known' : 'never' };
}

const TEXTS = ['', 'provider-2', 'x'.repeat(300), '\ud800', '\0', bytesToHex(new Uint8Array(64))];

/** A statement of another claimant, or with other words. For evidence of hardware, another nonce. */
export function changeClaim(sample: Sample, samples: readonly Sample[], random: Random): Circumstance {
  const { input } = sample;
  const { evidence } = input;
  if (evidence.kind !== 'software') return changeNonce(sample, samples, random);
  const { statement } = evidence;
  const members = Object.keys(statement) as (keyof typeof statement)[];
  const member = random.pick(members);
  const value = statement[member];
  const other =
    typeof value === 'string'
      ? random.pick(TEXTS)
      : typeof value === 'bigint'
        ? random.pick([0n, 1n, 2n ** 64n, -1n])
        : typeof value === 'number'
          ? random.pick([0, 1, 2 ** 40, YEAR_9999])
          : random.bytes(random.pick([0, 31, 32, 33]));
  const changes: readonly AttestationEvidence[] = [
    { ...evidence, statement: { ...statement, [member]: other } },
    { ...evidence, chainId: random.pick([0n, 8n, 2n ** 64n]) },
    { ...evidence, provider: random.pick(TEXTS) },
    { ...evidence, nonce: random.bytes(random.pick([0, 31, 32, 33])) },
    { ...evidence, publicKey: random.bytes(random.pick([0, 32, 33, 65])) },
    { ...evidence, signature: random.bytes(random.pick([0, 63, 64, 65])) },
  ];
  return { input: { ...input, evidence: random.pick(changes) }, allowance: 'same' };
}
