import { type Client, createSender } from '@aivm/sdk';
import {
  type ComputeBackend,
  createAttestationNode,
  createInt8Backend,
  createSdkNode,
  createSdkSender,
  createSoftwareSource,
  type EvidenceSource,
  type ProviderEvent,
  runProvider,
  runWatcher,
} from '@aivm/worker';
import { type RunningCast, untilConvicted, walletOf } from '../optimistic/start-cast.ts';
import { DEMO_GPUS } from '../story/cast.ts';
import { createDishonestBackend } from '../story/dishonest-backend.ts';
import { TEE_CAST } from './tee-cast.ts';
import type { TeeAuthority } from './tee-evidence.ts';

const POLL_MS = 50;
const CONCURRENCY = 10;
const HASH_BYTES = 32;

/** What an operator without confidential hardware claims about its card. */
const CLAIMS = {
  deviceId: 'gpu-0',
  model: 'RTX 4090',
  gpuSerial: '1650522',
  pciId: '0000:01:00.0',
  boardId: '0x100',
  gpuPartNumber: '2684-300-A1',
  computeCapability: '8.9',
  driverVersion: '575.32',
  cudaVersion: '12.9',
  vbiosVersion: '95.02.3c.00.01',
  benchmarkHash: new Uint8Array(HASH_BYTES),
  benchmarkTimeMs: 0n,
} as const;

interface Player {
  readonly id: string;
  readonly account: number;
}

/** What the players act in. */
export interface TeeStage {
  readonly createClient: () => Client;
  readonly authority: TeeAuthority;
  readonly signal: AbortSignal;
  readonly onProviderEvent: (event: ProviderEvent) => void;
  readonly onMismatch: () => void;
}

function startAttested(
  player: Player,
  { backend, source }: { readonly backend: ComputeBackend; readonly source: EvidenceSource },
  { createClient, signal, onProviderEvent }: TeeStage,
): Promise<void> {
  const client = createClient();
  const wallet = walletOf(player);
  return runProvider(
    {
      id: player.id,
      wallet: wallet.addressBytes,
      endpoint: '',
      gpus: DEMO_GPUS,
      models: [],
      concurrency: CONCURRENCY,
      pollMs: POLL_MS,
    },
    {
      node: createSdkNode(client),
      sender: createSdkSender(createSender({ client, wallet })),
      backend,
      report: onProviderEvent,
      attestation: { source, node: createAttestationNode(client) },
    },
    signal,
  );
}

/** Starts two honest attested providers, an attested liar, one with its own word only, one with stale evidence, and the watcher. */
export function startTeeCast(stage: TeeStage): RunningCast {
  const { authority, createClient, signal } = stage;
  const honest = createInt8Backend({ nowMs: () => performance.now() });
  const fresh = ({ account }: Player) => authority.createSource(account, 'fresh');
  const { attested, liar, software, stale, watcher } = TEE_CAST;
  const own = createSoftwareSource(CLAIMS, walletOf(software).exportPrivateKey());
  const client = createClient();
  const sender = createSdkSender(createSender({ client, wallet: walletOf(watcher) }));
  const parts = [
    ...attested.map((player) => startAttested(player, { backend: honest, source: fresh(player) }, stage)),
    untilConvicted(
      startAttested(liar, { backend: createDishonestBackend(honest), source: fresh(liar) }, stage),
    ),
    startAttested(software, { backend: honest, source: own }, stage),
    startAttested(stale, { backend: honest, source: authority.createSource(stale.account, 'stale') }, stage),
    runWatcher(
      {},
      {
        node: createSdkNode(client),
        sender,
        backend: honest,
        report: ({ kind }) => {
          if (kind === 'mismatch') stage.onMismatch();
        },
      },
      signal,
    ),
  ];
  return { ended: Promise.all(parts).then(() => undefined) };
}
