import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type AttestationPolicy,
  DEFAULT_ATTESTATION_POLICY,
  TCB_STATUSES,
  verifyEvidenceFiles,
} from '@aivm/core/attestation';
import { nodePrimitives } from '@aivm/node';
import { type Collateral, verify } from '@phala/dcap-qvl';
import { initSync, js_verify as verifyInWasm } from '@phala/dcap-qvl-web';

const wasm = createRequire(import.meta.url)
  .resolve('@phala/dcap-qvl-web')
  .replace(/\.js$/, '_bg.wasm');
initSync({ module: readFileSync(wasm) });

/** A quote with its collateral in the JSON in which it is exchanged. */
export interface Question {
  readonly kind: 'sgx' | 'tdx';
  readonly quote: Uint8Array;
  readonly collateral: Collateral;
  readonly now: number;
}

/** "UpToDate" and so on where the quote is accepted, "refused" where it is not. */
export type Opinion = string;

// The others judge by no status but tell it; whatever else they demand, this policy demands too.
const { intel } = DEFAULT_ATTESTATION_POLICY;
const POLICY: AttestationPolicy = {
  ...DEFAULT_ATTESTATION_POLICY,
  intel: { ...intel, tcbStatuses: TCB_STATUSES.filter((status) => status !== 'Revoked') },
};

export function ourOpinion({ kind, quote, collateral, now }: Question): Opinion {
  const report = verifyEvidenceFiles({
    kind,
    evidence: quote,
    collateral: Buffer.from(JSON.stringify(collateral)),
    now,
    policy: POLICY,
    primitives: nodePrimitives,
  });
  return report.accepted ? `${report.tcbStatus}` : 'refused';
}

function opinionOf(ask: () => { readonly status: string }): Opinion {
  try {
    return ask().status;
  } catch {
    return 'refused';
  }
}

/** That of @phala/dcap-qvl, which is JavaScript. */
export const javascriptOpinion = ({ quote, collateral, now }: Question): Opinion =>
  opinionOf(() => verify(Buffer.from(quote), collateral, now));

/** That of @phala/dcap-qvl-web, which is Rust compiled to WebAssembly. */
export const wasmOpinion = ({ quote, collateral, now }: Question): Opinion =>
  opinionOf(() => verifyInWasm(quote, collateral, BigInt(now)) as { readonly status: string });
