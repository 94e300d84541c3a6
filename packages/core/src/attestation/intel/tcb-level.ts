import { equalBytes } from '../../bytes/bytes.ts';
import { expect } from '../refusal.ts';
import type { LevelStatus } from './document.ts';
import { type EnclaveIdentity, equalsMasked } from './enclave-identity.ts';
import { matchIsvLevel } from './isv-levels.ts';
import type { PlatformIdentity } from './pck.ts';
import type { EnclaveReport, TdReport } from './quote-body.ts';
import type { ModuleIdentity, PlatformLevel, TcbInfo } from './tcb-info.ts';
import { worseTcbStatus } from './tcb-status.ts';

/** Where TDX module versions above 0 are judged by their own list, the first two versions are not compared. */
const MODULE_SVNS = 2;

function reaches(platform: PlatformIdentity, body: EnclaveReport | TdReport, level: PlatformLevel): boolean {
  const isCpuEnough =
    platform.pceSvn >= level.pceSvn && level.cpuSvn.every((svn, i) => (platform.cpuSvn[i] ?? 0) >= svn);
  if (!isCpuEnough || body.type === 'enclave') return isCpuEnough;
  const { teeTcbSvn } = body;
  const skipped = (teeTcbSvn[1] ?? 0) > 0 ? MODULE_SVNS : 0;
  return level.teeSvn?.every((svn, i) => i < skipped || (teeTcbSvn[i] ?? 0) >= svn) === true;
}

/** The module's identity in the document, by its major version. */
function moduleOf(body: TdReport, info: TcbInfo): ModuleIdentity | undefined {
  const major = body.teeTcbSvn[1] ?? 0;
  const id = major === 0 ? undefined : `TDX_${major.toString(16).padStart(2, '0').toUpperCase()}`;
  return info.modules.find((module) => module.id === id);
}

/**
 * Refuses a TDX module that Intel did not sign; answers the status of its version, undefined where none is reached,
 * and nothing to add for the first generation, whose versions are part of the platform's level.
 */
function moduleStatus(body: TdReport, info: TcbInfo): LevelStatus | undefined {
  const module = moduleOf(body, info);
  expect(module !== undefined, 'tcb', 'the TDX module is not one that Intel names');
  const isIntels =
    equalBytes(body.seamSigner, module.signer) &&
    equalsMasked(body.seamAttributes, module.attributesMask, module.attributes);
  expect(isIntels, 'tcb', 'the TDX module is not signed by Intel');
  if (module.id === undefined) return { status: 'UpToDate', advisories: [] };
  return matchIsvLevel(module.levels, body.teeTcbSvn[0] ?? 0);
}

export interface TcbLevelParameters {
  readonly platform: PlatformIdentity;
  readonly body: EnclaveReport | TdReport;
  readonly qeReport: EnclaveReport;
  readonly info: TcbInfo;
  readonly identity: EnclaveIdentity;
}

/** The worst of platform, TDX module and quoting enclave; undefined where one of them is below every level. */
export function evaluateTcbLevel(parameters: TcbLevelParameters): LevelStatus | undefined {
  const { platform, body, qeReport, info, identity } = parameters;
  const found = [
    info.levels.find((level) => reaches(platform, body, level)),
    ...(body.type === 'td' ? [moduleStatus(body, info)] : []),
    matchIsvLevel(identity.levels, qeReport.securityVersion),
  ];
  let status: LevelStatus['status'] = 'UpToDate';
  const advisories = new Set<string>();
  for (const level of found) {
    if (level === undefined) return undefined;
    status = worseTcbStatus(status, level.status);
    for (const advisory of level.advisories) advisories.add(advisory);
  }
  return { status, advisories: [...advisories].sort() };
}
