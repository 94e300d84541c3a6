import { asInteger, asRecord, type JsonRecord } from '../encoding/json.ts';
import { asRecords, type LevelStatus, readLevelStatus } from './document.ts';

/** What Intel concludes from one security version of an enclave or module. */
export interface IsvLevel extends LevelStatus {
  readonly securityVersion: number;
}

/** Levels of an enclave or module, best first. */
export function readIsvLevels(record: JsonRecord): readonly IsvLevel[] {
  return asRecords(record.tcbLevels, 'tcbLevels').map((level) => ({
    securityVersion: asInteger(asRecord(level.tcb, 'tcb').isvsvn, 65_535, 'isvsvn'),
    ...readLevelStatus(level),
  }));
}

/** The first level that `securityVersion` reaches, or undefined. */
export const matchIsvLevel = (levels: readonly IsvLevel[], securityVersion: number): IsvLevel | undefined =>
  levels.find((level) => securityVersion >= level.securityVersion);
