import { equalBytes } from '../../bytes/bytes.ts';
import { expect } from '../refusal.ts';
import type { ReferenceManifest } from './rim.ts';
import type { SpdmReport } from './spdm.ts';

/** The measurement of the first video decoder, which means nothing while that is off. */
const NVDEC0_INDEX = 35;

/** Outcome of comparing a report with the references for its driver and firmware. */
export interface Comparison {
  readonly comparedCount: number;
  /** Indexes whose measurement is none of the alternatives. */
  readonly mismatches: readonly number[];
}

/** The manifests that are for this chip and for the versions that the report names. */
export interface MatchingManifests {
  readonly driver: ReferenceManifest | undefined;
  readonly vbios: ReferenceManifest | undefined;
}

/** Picks the manifests of a report by product and version. */
export function matchManifests(
  manifests: readonly ReferenceManifest[],
  chip: string,
  report: SpdmReport,
): MatchingManifests {
  const of = (version: string): ReferenceManifest | undefined =>
    manifests.find((manifest) => manifest.product === chip && manifest.version === version);
  return { driver: of(report.driverVersion), vbios: of(report.vbiosVersion) };
}

/**
 * Compares every active reference i with measurement block i + 1. Driver and firmware speak of different
 * measurements, so an index in both is an error of the program that combined them.
 */
export function compareMeasurements(
  report: SpdmReport,
  driver: ReferenceManifest,
  vbios: ReferenceManifest,
): Comparison {
  const overlap = [...driver.references.keys()].filter((index) => vbios.references.has(index));
  expect(overlap.length === 0, 'rim_mismatch', `both RIMs speak of measurement ${overlap[0]}`);
  const active = [...driver.references, ...vbios.references].filter(
    ([index]) => index !== NVDEC0_INDEX || !report.isNvdec0Disabled,
  );
  const mismatches = active
    .filter(([index, alternatives]) => {
      const measured = report.measurements[index];
      return measured === undefined || !alternatives.some((alternative) => equalBytes(alternative, measured));
    })
    .map(([index]) => index);
  return { comparedCount: active.length, mismatches: mismatches.sort((left, right) => left - right) };
}
