import { hexToBytes } from '../../bytes/hex.ts';
import { asInteger, asList, asRecord, asText, type JsonRecord } from '../encoding/json.ts';
import { rfc3339ToSeconds, type TimeWindow } from '../encoding/time.ts';
import { expect, refuse } from '../refusal.ts';
import { isTcbStatus, type TcbStatus } from './tcb-status.ts';

const EVALUATION_MAX = 2 ** 32 - 1;
const ADVISORIES_MAX = 64;

/** What Intel's signed JSON documents have in common. */
export interface DocumentHead {
  readonly id: string;
  readonly version: number;
  readonly window: TimeWindow;
  readonly tcbEvaluationDataNumber: number;
}

function readTime(record: JsonRecord, member: string): number {
  return (
    rfc3339ToSeconds(asText(record[member], member)) ?? refuse('malformed', `${member}: not a time in UTC`)
  );
}

/** Lower-case hex of exactly `size` bytes. */
export function readHex(record: JsonRecord, member: string, size: number): string {
  const text = asText(record[member], member).toLowerCase();
  expect(
    /^[0-9a-f]*$/.test(text) && text.length === 2 * size,
    'malformed',
    `${member}: expected ${size} bytes of hex`,
  );
  return text;
}

/** Bytes of a hex member. */
export const readHexBytes = (record: JsonRecord, member: string, size: number): Uint8Array =>
  hexToBytes(readHex(record, member, size));

/** Reads the members that every document has. */
export function readDocumentHead(record: JsonRecord): DocumentHead {
  return {
    id: asText(record.id, 'id'),
    version: asInteger(record.version, 255, 'version'),
    window: { from: readTime(record, 'issueDate'), until: readTime(record, 'nextUpdate') },
    tcbEvaluationDataNumber: asInteger(
      record.tcbEvaluationDataNumber,
      EVALUATION_MAX,
      'tcbEvaluationDataNumber',
    ),
  };
}

/** What Intel concludes from one firmware level. */
export interface LevelStatus {
  readonly status: TcbStatus;
  readonly advisories: readonly string[];
}

/** Reads status and advisories of a level. */
export function readLevelStatus(level: JsonRecord): LevelStatus {
  const status = asText(level.tcbStatus, 'tcbStatus');
  if (!isTcbStatus(status)) refuse('malformed', `tcbStatus: "${status.slice(0, 40)}"`);
  const advisories = asList(level.advisoryIDs ?? [], 'advisoryIDs').map((id) => asText(id, 'advisoryIDs'));
  expect(advisories.length <= ADVISORIES_MAX, 'too_large', 'advisoryIDs');
  return { status, advisories };
}

/** A list of objects. */
export const asRecords = (value: unknown, name: string): readonly JsonRecord[] =>
  asList(value, name).map((item) => asRecord(item, name));
