import type {
  AttestationCollateral,
  AttestationEvidence,
  VerifyAttestationOptions,
} from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import {
  ecKey,
  makeCertificate,
  makeGpu,
  makeIntel,
  makeList,
  makeRim,
  makeRims,
  makeSnp,
  makeSoftware,
  SNP_TEST_ROOT,
  verifyTest,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

/** Everything that a verification is asked with. */
export interface Asked {
  readonly evidence: AttestationEvidence;
  readonly collateral: AttestationCollateral;
  readonly options?: Partial<VerifyAttestationOptions>;
}

const goodSnp = makeSnp();
const goodSgx = makeIntel({ kind: 'sgx' });
const goodTdx = makeIntel();

/** One accepted input of each kind; the tests damage copies. */
export const GOOD = {
  snp: { evidence: goodSnp.evidence, collateral: { lists: [makeList({ issuer: SNP_TEST_ROOT })] } },
  sgx: { evidence: goodSgx.evidence, collateral: goodSgx.collateral },
  tdx: { evidence: goodTdx.evidence, collateral: goodTdx.collateral },
  nvidia: {
    evidence: { kind: 'nvidia', gpus: [makeGpu().gpu] },
    collateral: { rims: makeRims() },
  },
  software: { evidence: makeSoftware('secp256k1'), collateral: {} },
} as const satisfies Readonly<Record<string, Asked>>;

export type Kind = keyof typeof GOOD;

/** The code, or what was thrown: nothing may be. */
export function codeFor({ evidence, collateral, options }: Asked): string {
  try {
    return verifyTest(evidence, collateral, options).code;
  } catch (error) {
    return `exception ${error}`;
  }
}

type Path = readonly (string | number)[];

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);

function put<T>(value: T, [step, ...rest]: Path, replacement: unknown): T {
  if (step === undefined) return replacement as T;
  const inner = put((value as Record<string | number, unknown>)[step], rest, replacement);
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? inner : item)) as T;
  return { ...value, [step]: inner };
}

/** The good input of a kind with the value at `path` (steps joined by dots) changed. */
export function changed(kind: Kind, path: string, change: (bytes: Uint8Array) => unknown): Asked {
  const steps = path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const good: Asked = GOOD[kind];
  return put(good, steps, change(at(good, steps) as Uint8Array));
}

export const bytesAt = (kind: Kind, path: string): Uint8Array => {
  let found = new Uint8Array();
  changed(kind, path, (bytes) => {
    found = new Uint8Array(bytes);
    return bytes;
  });
  return found;
};

/** A copy with some bits of one byte turned round; a negative offset counts from the end. */
export const flip =
  (offset: number, mask = 0x10) =>
  (bytes: Uint8Array): Uint8Array => {
    const i = offset < 0 ? bytes.length + offset : offset;
    return bytes.with(i, (bytes[i] as number) ^ mask);
  };

/** A copy with `values` written over it. */
export const write =
  (offset: number, ...values: readonly number[]) =>
  (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, offset);
    return copy;
  };

export type Row = readonly [name: string, asked: Asked, code: string];

/** One list of what strangers may hand in; each line has one code, whatever else changes in the verifier. */
export function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (_, asked, code) => expect(codeFor(asked)).toBe(code));
  });
}

/** Where things are. */
export const REPORT = 'evidence.report';
export const QUOTE = 'evidence.quote';
export const GPU = 'evidence.gpus.0.report';
export const TD_BODY = 54;
export const SIGNATURE_AT = TD_BODY + 648 + 4;
export const QE_AT = SIGNATURE_AT + 128 + 6;
export const document = new TextDecoder().decode(bytesAt('nvidia', 'collateral.rims.0'));

/** Inputs made with options of the test authority. */
export const intel = (options: Parameters<typeof makeIntel>[0]): Asked => makeIntel(options);
export const gpu = (options: Parameters<typeof makeGpu>[0]): Asked => ({
  evidence: { kind: 'nvidia', gpus: [makeGpu(options).gpu] },
  collateral: { rims: makeRims() },
});
export const rim = (options: Parameters<typeof makeRim>[0]): Asked =>
  changed('nvidia', 'collateral.rims.0', () => makeRim(options));
export const snp = (options: Parameters<typeof makeSnp>[0]): Asked => ({
  ...makeSnp(options),
  collateral: {},
});

export const snpList = (list: Uint8Array): Asked => changed('snp', 'collateral.lists.0', () => list);
export const stranger = makeCertificate({
  commonName: 'Stranger',
  key: ecKey('p384', 'stranger'),
  isCa: true,
});

export const xml = (text: string): Asked => changed('nvidia', 'collateral.rims.0', () => utf8ToBytes(text));
export const body = document.replace(/^<\?xml[^>]*\?>/, '');
/** Entities that would grow to 10^20 times two letters. */
export const LAUGHS = Array.from(
  { length: 20 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join('');
