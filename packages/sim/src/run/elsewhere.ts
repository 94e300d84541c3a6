import type { ErrorCode } from '@aivm/core/errors';
import type { CODES } from './must-reach.ts';

const ATTESTATION = 'packages/core/test/attestation';
const HTTP = 'packages/node/test/http';

/**
 * Codes that no transaction of a simulated world can be answered with, and the test (a file, or a folder of them) that
 * meets each instead. They belong to HTTP, to the machine around a node, to what opens a chain, or to attestation: the
 * cheats of the attested scenarios meet some of those, which a test of theirs asserts cheat by cheat.
 */
export const ELSEWHERE: Readonly<Record<Exclude<ErrorCode, (typeof CODES)[number]>, string>> = {
  // Fee policies and configurations are judged when a chain is opened.
  fee_wrong_asset: 'packages/node/test/hosts/vm',
  fee_policy_zero: 'packages/node/test/hosts/vm',
  config_refused: 'packages/node/test/hosts/vm',
  not_initialized: HTTP,
  gpu_not_available: 'packages/core/test/errors',
  // The forger meets these as refusals of whole blocks, which no report counts as a transaction's.
  block_invalid: 'packages/core/test/execute',
  vertex_invalid: 'packages/node/test/vertices',
  // A height holds 64 timers and gives 64 heights of room; a queue of 12 tasks does not fill it.
  timers_full: 'packages/core/test/execute',
  // HTTP and the clients that wait on it.
  unsigned: HTTP,
  method_not_allowed: HTTP,
  unsupported_media_type: HTTP,
  rate_limited: HTTP,
  timeout: 'packages/node/test',
  internal: HTTP,
  unreachable: HTTP,
  port_in_use: HTTP,
  // Directories and databases; a simulated disk is neither.
  data_dir_locked: 'packages/node/test/chain',
  data_dir_corrupt: 'packages/node/test/chain',
  data_dir_foreign: 'packages/node/test/chain',
  store_unavailable: 'packages/node/test/store',
  // Networks; the simulated worlds have none.
  model_refused: 'packages/core/test/network',
  import_refused: 'packages/import/test',
  model_too_dear: 'packages/core/test/execute',
  not_servable: 'packages/core/test/execute',
  // Evidence of hardware.
  attestation_refused: 'packages/core/test/execute',
  attestation_malformed: ATTESTATION,
  attestation_too_large: ATTESTATION,
  attestation_unsupported: ATTESTATION,
  attestation_chain: ATTESTATION,
  attestation_signature: ATTESTATION,
  attestation_expired: ATTESTATION,
  attestation_revoked: ATTESTATION,
  attestation_collateral_missing: ATTESTATION,
  attestation_collateral_mismatch: ATTESTATION,
  attestation_binding: ATTESTATION,
  attestation_debug: ATTESTATION,
  attestation_tcb: ATTESTATION,
  attestation_measurement: ATTESTATION,
  attestation_nonce: ATTESTATION,
  attestation_device_in_use: ATTESTATION,
  attestation_not_a_gpu: ATTESTATION,
  attestation_rim_missing: ATTESTATION,
  attestation_rim_mismatch: ATTESTATION,
  attestation_contradiction: ATTESTATION,
  attestation_policy: ATTESTATION,
};
