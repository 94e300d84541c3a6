import { isZeroBytes } from '../../bytes/bytes.ts';
import { expect } from '../refusal.ts';

/** Processor generations with SEV-SNP. */
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin';

/** Security versions of the firmware parts; `fmc` exists from Turin on and is 0 before. */
export interface SnpTcb {
  readonly fmc: number;
  readonly bootLoader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

export const SNP_TCB_PARTS = ['fmc', 'bootLoader', 'tee', 'snp', 'microcode'] as const;

// AMD's table: family 19h is Milan (models 00–0F) and Genoa (10–1F, and A0–AF for its dense forms);
// family 1Ah models 00–11 are Turin.
const MODELS: readonly (readonly [product: SnpProduct, family: number, first: number, last: number])[] = [
  ['Milan', 0x19, 0x00, 0x0f],
  ['Genoa', 0x19, 0x10, 0x1f],
  ['Genoa', 0x19, 0xa0, 0xaf],
  ['Turin', 0x1a, 0x00, 0x11],
];

/** The generation of a processor family and model, or undefined. */
export const productOfModel = (family: number, model: number): SnpProduct | undefined =>
  MODELS.find(([, of, first, last]) => of === family && first <= model && model <= last)?.[0];

/** The generation that a certificate names, such as "Milan-B0" or "Turin", or undefined. */
export function productOfName(name: string): SnpProduct | undefined {
  const base = name.split('-', 1)[0];
  return base === 'Milan' || base === 'Genoa' || base === 'Turin' ? base : undefined;
}

/** The firmware level in a report's 8 bytes; bytes that a generation does not use must be zero. */
export function readSnpTcb(bytes: Uint8Array, product: SnpProduct): SnpTcb {
  const at = (offset: number): number => bytes[offset] ?? 0;
  const isTurin = product === 'Turin';
  expect(
    isZeroBytes(isTurin ? bytes.subarray(4, 7) : bytes.subarray(2, 6)),
    'malformed',
    'TCB: reserved bytes',
  );
  return isTurin
    ? { fmc: at(0), bootLoader: at(1), tee: at(2), snp: at(3), microcode: at(7) }
    : { fmc: 0, bootLoader: at(0), tee: at(1), snp: at(6), microcode: at(7) };
}

/** Whether every part of `tcb` is at least that of `floor`. */
export const isTcbAtLeast = (tcb: SnpTcb, floor: SnpTcb): boolean =>
  SNP_TCB_PARTS.every((part) => tcb[part] >= floor[part]);
