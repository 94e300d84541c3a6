import { type Objection, objectionsOf } from '../facts.ts';
import type { AttestationPolicy } from '../policy.ts';
import type { SnpReport } from './snp-report.ts';
import { isTcbAtLeast, readSnpTcb, type SnpProduct, type SnpTcb } from './snp-tcb.ts';

const API_MINOR = 0xffn;

/** Whether the firmware is at least what the guest asked for when it was launched: else it would not have been. */
function reachesGuestApi({ guestPolicy, currentApi }: SnpReport): boolean {
  const [major, minor] = [Number((guestPolicy >> 8n) & API_MINOR), Number(guestPolicy & API_MINOR)];
  return currentApi.major > major || (currentApi.major === major && currentApi.minor >= minor);
}

/**
 * What the policy holds against the firmware of a report. Reported is what the key is bound to, current what runs,
 * committed what the host can no longer go below: a level is worth what it says while reported ≤ committed ≤ current.
 */
export function objectToFirmware(
  report: SnpReport,
  reported: SnpTcb,
  product: SnpProduct,
  { snp }: AttestationPolicy,
): readonly Objection[] {
  const [current, committed, launch] = [report.currentTcb, report.committedTcb, report.launchTcb].map(
    (bytes) => readSnpTcb(bytes, product),
  ) as [SnpTcb, SnpTcb, SnpTcb];
  const least = snp.tcbMin[product];
  const isPossible =
    isTcbAtLeast(current, reported) &&
    isTcbAtLeast(current, committed) &&
    isTcbAtLeast(current, launch) &&
    reachesGuestApi(report);
  return objectionsOf([
    [
      !isPossible,
      'tcb',
      'levels that no firmware reports: above the current one, or below what the guest asks for',
    ],
    [least !== undefined && !isTcbAtLeast(reported, least), 'tcb', 'firmware level below the minimum'],
    [
      !snp.allowsProvisionalFirmware && !isTcbAtLeast(committed, reported),
      'tcb',
      'provisional firmware: the host can go back below the reported level',
    ],
  ]);
}
