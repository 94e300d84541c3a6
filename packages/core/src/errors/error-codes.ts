/** How one rejection code shows outside: its HTTP status, the exit code of the command line, and one line of meaning. */
export interface ErrorCodeEntry {
  readonly status: number;
  readonly exitCode: number;
  readonly meaning: string;
}

const entry = (status: number, exitCode: number, meaning: string): ErrorCodeEntry => ({
  status,
  exitCode,
  meaning,
});

/** Every reason for which AIVM refuses something. The keys are stable: clients may compare against them. */
export const ERROR_CODES = {
  // Form
  malformed: entry(400, 1, 'the bytes or the JSON do not have the expected form'),
  out_of_range: entry(400, 1, 'a number, a length or a count is outside its stated bounds'),
  invalid_task: entry(400, 1, 'the task is not one that this chain can accept'),
  invalid_input: entry(400, 1, 'the input or output does not have the shape that the model takes'),
  model_refused: entry(400, 1, 'the header of the network breaks a rule of shape, type, place or size'),
  model_too_dear: entry(
    400,
    1,
    'the network takes more work than the largest fee or the time for a dispute covers',
  ),
  import_refused: entry(400, 1, 'a part of the model to import has no form as an integer network'),
  unknown_model: entry(400, 1, 'no model with this id is registered'),
  fee_wrong_asset: entry(400, 1, 'tx pays fee in wrong asset'),
  fee_too_low: entry(400, 1, 'tx fee below policy minimum'),
  fee_too_high: entry(400, 1, 'the fee is above what the least bond of a provider covers'),
  fee_policy_zero: entry(400, 1, 'fee policy declares zero min tx fee on a user-facing chain'),
  insufficient_balance: entry(400, 1, 'the account cannot pay what the operation moves'),
  insufficient_bond: entry(400, 1, 'the bond is below the minimum that the operation asks for'),
  config_refused: entry(
    400,
    1,
    'a configuration field is unknown, out of range, or makes honesty impossible',
  ),
  not_verifiable: entry(400, 1, 'results of this model cannot be challenged'),
  not_supported: entry(400, 1, 'this chain does not offer the operation or mode'),
  attestation_refused: entry(
    400,
    1,
    'the attestation is missing, does not verify, or is below the trust floor',
  ),
  // Evidence; the part behind attestation_ is the verifier's own code
  attestation_malformed: entry(
    400,
    1,
    'evidence or a vendor document does not have the form that its kind prescribes',
  ),
  attestation_too_large: entry(
    413,
    1,
    'a part of the evidence or of a vendor document is larger than its bound',
  ),
  attestation_unsupported: entry(
    400,
    1,
    'evidence or a vendor document of a version or algorithm that is not accepted',
  ),
  attestation_chain: entry(400, 1, 'the certificates do not lead to a root that this chain names'),
  attestation_signature: entry(400, 1, 'a signature over the evidence or a vendor document does not verify'),
  attestation_expired: entry(
    400,
    1,
    'a certificate, list, document or statement is outside its validity at this block time',
  ),
  attestation_revoked: entry(400, 1, 'a certificate behind the evidence is on the list of its issuer'),
  attestation_collateral_missing: entry(
    400,
    1,
    'a list or document that the evidence needs is not on chain, or is not cited',
  ),
  attestation_collateral_mismatch: entry(
    409,
    4,
    'a vendor document is for something else, or not newer than the one on chain',
  ),
  attestation_binding: entry(
    400,
    1,
    'the report does not belong to the certificate, key or account that vouches for it',
  ),
  attestation_debug: entry(400, 1, 'the environment can be read or altered from outside'),
  attestation_tcb: entry(400, 1, 'the firmware level is not one that this chain accepts'),
  attestation_measurement: entry(400, 1, 'a measurement is not on the list that this chain names'),
  attestation_nonce: entry(
    409,
    4,
    'the evidence answers no recent block of this chain, another operator, or was used before',
  ),
  attestation_device_in_use: entry(409, 4, 'the device is held by another provider, or occurs twice'),
  attestation_not_a_gpu: entry(400, 1, 'the certificate names a device that is not a graphics processor'),
  attestation_rim_missing: entry(400, 1, 'no signed reference measurements for driver or firmware are cited'),
  attestation_rim_mismatch: entry(400, 1, 'the reference measurements are for another product or version'),
  attestation_contradiction: entry(400, 1, 'what is declared is not what the evidence says'),
  attestation_policy: entry(400, 1, 'the evidence is sound, but this chain does not admit it'),
  // Who
  unsigned: entry(401, 1, 'the write carries no signature and this node signs for nobody'),
  bad_signature: entry(401, 1, 'the signature does not verify, or is not in canonical low-s form'),
  wrong_chain: entry(401, 1, 'the transaction was signed for another chain'),
  forbidden: entry(403, 1, 'only the owner or operator may do this'),
  // Absent
  not_found: entry(404, 3, 'there is no such thing'),
  provider_not_found: entry(404, 3, 'provider not found'),
  task_not_found: entry(404, 3, 'task not found'),
  method_not_allowed: entry(405, 1, 'the route exists, but not for this method'),
  // Conflict
  id_taken: entry(409, 4, 'something with this id exists already'),
  nonce_too_low: entry(409, 4, 'the nonce was already used'),
  nonce_gap: entry(409, 4, 'the nonce is further ahead than the pool holds'),
  replacement_underpriced: entry(
    409,
    4,
    'another transaction with this nonce is pending and does not pay less',
  ),
  already_known: entry(409, 4, 'the same transaction is pending already'),
  expired: entry(409, 4, 'the last height at which the transaction may be in a block has passed'),
  stale_facts: entry(
    409,
    4,
    'the operation names another attempt, panel, input, weights or result than the task has',
  ),
  too_late: entry(409, 4, 'the height at which this was possible has passed'),
  too_early: entry(409, 4, 'the height from which this is possible is not reached'),
  duplicate: entry(409, 4, 'this was done already'),
  wrong_state: entry(409, 4, 'the thing is not in a state that allows the operation'),
  already_drawn: entry(409, 4, 'a seat of the task is drawn: providers work on it'),
  provider_slashed: entry(409, 4, 'the provider or its operator was convicted'),
  provider_limit: entry(409, 4, 'the operator holds as many registrations as it may'),
  mixed_lists: entry(
    409,
    4,
    'the providers of one operator all name their models, or all serve whatever names none',
  ),
  bond_reserved: entry(409, 4, 'the bond is still reserved by unsettled work or locked by time'),
  timers_full: entry(409, 4, 'no timer slot is free near the needed height'),
  not_servable: entry(409, 4, 'fewer operators than needed hold or serve the model'),
  // Size and rate
  too_large: entry(413, 1, 'the body, input, output or transaction is larger than allowed'),
  unsupported_media_type: entry(415, 1, 'the body is not JSON'),
  rate_limited: entry(429, 1, 'too many requests from this client'),
  // State of the node
  admission_too_dear: entry(503, 1, 'the queue makes the admission dearer than the signer allows'),
  queue_full: entry(503, 1, 'the task queue holds as many tasks as it may'),
  table_full: entry(503, 1, 'a kernel table, or the list of operations that wait for it, has no room'),
  pool_full: entry(503, 1, 'the transaction pool is full'),
  not_initialized: entry(503, 1, 'vm not initialized'),
  gpu_not_available: entry(503, 1, 'aivm: no GPU plugin available'),
  timeout: entry(504, 1, 'the wait ended before the thing happened'),
  internal: entry(500, 1, 'a bug: the operation failed for a reason that is not its input'),
  // The machine around a node
  block_invalid: entry(400, 1, 'the block does not follow from its parent'),
  vertex_invalid: entry(400, 1, 'the vertex has no place over its parents, or conflicts with another one'),
  unreachable: entry(502, 5, 'no node answers at this address'),
  port_in_use: entry(500, 5, 'the address to listen on is taken'),
  data_dir_locked: entry(500, 6, 'another process uses the data directory'),
  data_dir_corrupt: entry(500, 6, 'the data directory is damaged'),
  data_dir_foreign: entry(500, 6, 'the data directory belongs to another chain or format'),
  store_unavailable: entry(500, 6, 'the storage engine does not load, or cannot use the directory'),
} as const satisfies Record<string, ErrorCodeEntry>;

/** A stable reason code: a key of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether `text` is one of the codes of {@link ERROR_CODES}. */
export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERROR_CODES, text);
