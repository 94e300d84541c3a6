import type { SnpProduct, SnpTcb } from './snp-tcb.ts';

type Floors = Readonly<Partial<Record<SnpProduct, SnpTcb>>>;

/** Parts that are not compared are 0: microcode numbers differ between the steppings of one generation. */
const floor = (parts: Partial<SnpTcb>): SnpTcb => ({
  fmc: 0,
  bootLoader: 0,
  tee: 0,
  snp: 0,
  microcode: 0,
  ...parts,
});

/**
 * Lowest firmware levels by the month in which AMD's were current. That of 2022-09 is the oldest with which machines in
 * use still report; from 2025-02 on the firmware verifies microcode that is loaded, without which the host can replace
 * it. A chain with money takes the newest that its providers reach.
 */
export const SNP_TCB_FLOORS = {
  '2022-09': { Milan: floor({ bootLoader: 2, snp: 5 }), Genoa: floor({ snp: 4 }), Turin: floor({ snp: 1 }) },
  '2025-02': { Milan: floor({ snp: 24 }), Genoa: floor({ snp: 23 }), Turin: floor({ snp: 1 }) },
} as const satisfies Readonly<Record<string, Floors>>;

/** A month that names floors. */
export type SnpTcbFloorName = keyof typeof SNP_TCB_FLOORS;

export const isSnpTcbFloorName = (text: unknown): text is SnpTcbFloorName =>
  typeof text === 'string' && Object.hasOwn(SNP_TCB_FLOORS, text);
