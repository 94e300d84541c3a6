import { asInteger, asRecord, bytesToJsonRecord, type JsonRecord } from '../encoding/json.ts';
import { expect } from '../refusal.ts';
import {
  asRecords,
  type DocumentHead,
  type LevelStatus,
  readDocumentHead,
  readHex,
  readHexBytes,
  readLevelStatus,
} from './document.ts';
import { type IsvLevel, readIsvLevels } from './isv-levels.ts';

/** One firmware level of a platform, best first in the document. */
export interface PlatformLevel extends LevelStatus {
  readonly cpuSvn: readonly number[];
  readonly pceSvn: number;
  /** 16 versions for TDX, undefined for SGX. */
  readonly teeSvn: readonly number[] | undefined;
}

/** Who must have signed a TDX module, and with which attributes. */
export interface ModuleIdentity {
  /** "TDX_01" and so on; undefined for the first generation. */
  readonly id: string | undefined;
  readonly signer: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly levels: readonly IsvLevel[];
}

/** Intel's statement on the firmware levels of one kind of platform. */
export interface TcbInfo extends DocumentHead {
  readonly fmspc: string;
  readonly pceId: string;
  readonly levels: readonly PlatformLevel[];
  readonly modules: readonly ModuleIdentity[];
}

const SVN_COUNT = 16;
const VERSION = 3;
const LEVELS_MAX = 64;

function readComponents(value: unknown, name: string): readonly number[] {
  const components = asRecords(value, name);
  expect(components.length === SVN_COUNT, 'malformed', `${name}: expected 16 components`);
  return components.map((component) => asInteger(component.svn, 255, name));
}

function readPlatformLevel(level: JsonRecord, isTdx: boolean): PlatformLevel {
  const tcb = asRecord(level.tcb, 'tcb');
  return {
    cpuSvn: readComponents(tcb.sgxtcbcomponents, 'sgxtcbcomponents'),
    pceSvn: asInteger(tcb.pcesvn, 65_535, 'pcesvn'),
    teeSvn: isTdx ? readComponents(tcb.tdxtcbcomponents, 'tdxtcbcomponents') : undefined,
    ...readLevelStatus(level),
  };
}

function readModule(record: JsonRecord): ModuleIdentity {
  return {
    id: typeof record.id === 'string' ? record.id : undefined,
    signer: readHexBytes(record, 'mrsigner', 48),
    attributes: readHexBytes(record, 'attributes', 8),
    attributesMask: readHexBytes(record, 'attributesMask', 8),
    levels: record.id === undefined ? [] : readIsvLevels(record),
  };
}

function readModules(record: JsonRecord): readonly ModuleIdentity[] {
  const first = readModule(asRecord(record.tdxModule, 'tdxModule'));
  const others = record.tdxModuleIdentities;
  return [first, ...(others === undefined ? [] : asRecords(others, 'tdxModuleIdentities').map(readModule))];
}

/** Reads version 3 of the document for SGX or TDX. The signature over `bytes` must have been checked before. */
export function readTcbInfo(bytes: Uint8Array, kind: 'sgx' | 'tdx'): TcbInfo {
  const record = bytesToJsonRecord(bytes, 'TCB info');
  const head = readDocumentHead(record);
  expect(head.id === kind.toUpperCase(), 'collateral_mismatch', `TCB info for ${head.id.slice(0, 20)}`);
  expect(head.version === VERSION, 'unsupported', `TCB info version ${head.version}`);
  expect(record.tcbType === 0, 'unsupported', 'TCB info: type');
  const isTdx = kind === 'tdx';
  const levels = asRecords(record.tcbLevels, 'tcbLevels');
  expect(levels.length <= LEVELS_MAX, 'too_large', 'tcbLevels');
  return {
    ...head,
    fmspc: readHex(record, 'fmspc', 6),
    pceId: readHex(record, 'pceId', 2),
    levels: levels.map((level) => readPlatformLevel(level, isTdx)),
    modules: isTdx ? readModules(record) : [],
  };
}
