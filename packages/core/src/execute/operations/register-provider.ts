import { isZeroBytes } from '../../bytes/bytes.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { isId } from '../../state/limits.ts';
import { readChain, readModel, readProvider } from '../../state/read.ts';
import { isVouchedFor } from '../../state/read-attestation.ts';
import { type ProviderRecord, ProviderStatus } from '../../state/records/provider.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { adoptAttestation, waitingAttestation } from '../attestation/keep-attestation.ts';
import { type BlockContext, updateChain, writeOperator } from '../context/block-context.ts';
import { debit } from '../economy/money.ts';
import { recoveredOperator } from '../economy/reputation.ts';
import { noteOwned } from '../providers/convicted-operators.ts';
import { enterLists } from '../providers/provider-lists.ts';
import { SERVES_ALL } from '../providers/served-lists.ts';

type RegisterProvider = OperationOf<'registerProvider'>;

/** The operator has attested for this provider: submitAttestation comes first on such a chain. */
function requireAttested(context: BlockContext, sender: Uint8Array, id: string): void {
  const waiting = waitingAttestation(context, sender, id);
  const name = (): string => `provider "${id}"`;
  requireThat(
    waiting !== undefined,
    'attestation_refused',
    () => `no attestation of this operator for ${name()} counts now: submitAttestation comes first`,
  );
  const { hardware, score } = waiting;
  requireThat(
    hardware,
    'attestation_refused',
    () => `${name()} has a statement of its operator; this chain asks for hardware evidence`,
  );
  const { minTrustScore } = context.config;
  requireThat(
    isVouchedFor(waiting, context.config),
    'attestation_refused',
    () => `score ${score} is below minTrustScore ${minTrustScore}`,
  );
}

function checkRegistration(context: BlockContext, sender: Uint8Array, operation: RegisterProvider): void {
  const { config, state } = context;
  requireThat(
    isId(operation.id),
    'malformed',
    () => `provider id "${operation.id}": 1–64 of A–Z a–z 0–9 . _ : -`,
  );
  requireThat(!isZeroBytes(operation.walletAddress), 'malformed', () => 'walletAddress: the zero address');
  requireThat(
    readProvider(state, operation.id) === undefined,
    'id_taken',
    () => `provider "${operation.id}" exists`,
  );
  const operator = recoveredOperator(state, sender);
  requireThat(!operator.convicted, 'provider_slashed', () => 'a convicted operator does not register again');
  requireThat(
    operator.registrations === 0 || operator.servesAll === (operation.models.length === 0),
    'mixed_lists',
    () => `the operator's providers ${operator.servesAll ? 'name no models' : 'name their models'}`,
  );
  requireThat(
    operator.registrations < config.maxProvidersPerNode,
    'provider_limit',
    () => `the operator holds ${operator.registrations} registrations, at most ${config.maxProvidersPerNode}`,
  );
  if (config.requireTEEAttestation) requireAttested(context, sender, operation.id);
  requireThat(
    operation.bond >= config.minProviderBond,
    'insufficient_bond',
    () => `bond ${operation.bond} is below minProviderBond ${config.minProviderBond}`,
  );
  if (new Set(operation.models).size !== operation.models.length) {
    throw new AivmError('malformed', 'models: an id is listed twice');
  }
  for (const model of operation.models) {
    requireThat(
      readModel(state, model) !== undefined,
      'unknown_model',
      () => `model "${model}" is not registered`,
    );
  }
}

const newProvider = (
  context: BlockContext,
  sender: Uint8Array,
  operation: RegisterProvider,
): ProviderRecord => ({
  id: operation.id,
  operator: sender,
  wallet: operation.walletAddress,
  endpoint: operation.endpoint,
  gpus: operation.gpus,
  serves: operation.models.length === 0 ? [SERVES_ALL] : operation.models,
  listed: false,
  leastFee: { now: 0n, next: 0n, fromEpoch: 0n },
  status: ProviderStatus.active,
  bond: operation.bond,
  reserved: 0n,
  withdrawableAtHeight: 0,
  assigned: [],
  seats: [],
  uncommittedSeats: 0,
  openSeats: 0,
  openResults: 0,
  openWork: 0n,
  commitDue: 0,
  holds: [],
  tasksCompleted: 0n,
  tasksFailed: 0n,
  latencyTotalSeconds: 0n,
  feesEarned: 0n,
  rewardsClaimable: 0n,
  rewardsClaimed: 0n,
  rewardEpoch: readChain(context.state).epoch,
  epochReward: 0n,
  heartbeatEpoch: readChain(context.state).epoch,
  heartbeats: 0,
  heartbeatHeight: 0,
  uptime: 0,
  joinedAtHeight: context.height,
  joinedAt: context.timestamp,
  lastSeenAt: context.timestamp,
});

/** Locks the bond and puts the provider into the lists of the models that it serves. */
export function processRegisterProvider(
  context: BlockContext,
  sender: Uint8Array,
  operation: RegisterProvider,
): void {
  checkRegistration(context, sender, operation);
  debit(context, sender, operation.bond, 'provider bond');
  enterLists(context, newProvider(context, sender, operation));
  noteOwned(context, { id: operation.id, operator: sender });
  const operator = recoveredOperator(context.state, sender);
  writeOperator(context, sender, {
    ...operator,
    registrations: operator.registrations + 1,
    servesAll: operation.models.length === 0,
  });
  const { providerCount } = readChain(context.state);
  context.state.set(stateKeys.providerIndex(providerCount), utf8ToBytes(operation.id));
  updateChain(context, (chain) => ({
    providerCount: chain.providerCount + 1,
    providersActive: chain.providersActive + 1,
  }));
  context.events.push({ kind: 'provider', provider: operation.id, change: 'registered' });
  adoptAttestation(context, sender, operation.id);
}
