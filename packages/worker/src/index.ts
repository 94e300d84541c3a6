export {
  type AttestationNode,
  type ChainHead,
  createAttestationNode,
} from './attestation/attestation-node.ts';
export { TSM_REPORT_DIRECTORY } from './attestation/configfs-tsm.ts';
export {
  type Evidence,
  type EvidenceRequest,
  type EvidenceSource,
  reportDataOf,
  type VendorDocument,
} from './attestation/evidence-source.ts';
export { combineSources, createGpuSource, type GpuSourceOptions } from './attestation/gpu-source.ts';
export { createProcessorSource, type ProcessorSourceOptions } from './attestation/processor-source.ts';
export { createSoftwareSource, type SoftwareClaims } from './attestation/software-source.ts';
export { BackendError } from './backend/backend-error.ts';
export { combineBackends } from './backend/combined-backend.ts';
export { type CommandBackendOptions, createCommandBackend } from './backend/command-backend.ts';
export type { ComputeBackend, Job, JobResult, RunOptions, ServedModel } from './backend/compute-backend.ts';
export { createInt8Backend } from './backend/int8-backend.ts';
export {
  createInt8BatchBackend,
  type Int8BatchOptions,
  type Int8Engine,
} from './backend/int8-batch-backend.ts';
export { createModelSource, type ModelSource } from './backend/model-source.ts';
export { createOpenaiBackend, type OpenaiBackendOptions } from './backend/openai-backend.ts';
export { createPersistentBackend, type PersistentBackend } from './backend/persistent-backend.ts';
export { type Backoff, type BackoffOptions, createBackoff, sleep } from './backoff.ts';
export { type BlobCache, createBlobCache } from './network/blob-cache.ts';
export { createNetworkBackend, type NetworkBackendOptions } from './network/network-backend.ts';
export type { LoadedNetwork, NetworkEngine } from './network/network-engine.ts';
export {
  createNetworkSource,
  type NetworkSource,
  type NetworkSourceOptions,
  type ReadyNetwork,
} from './network/network-source.ts';
export { bytesOfTokens, passOfTask, tokensOfBytes } from './network/network-task.ts';
export type { ProviderEvent } from './provider/provider-event.ts';
export { type ProviderDependencies, type ProviderOptions, runProvider } from './provider/run-provider.ts';
export { createSdkNode, createSdkSender, type SdkNodeOptions } from './sdk-node.ts';
export { type ServeStreamsOptions, type StreamServer, serveStreams } from './stream/serve-streams.ts';
export { createStreamHub, type StreamHub } from './stream/stream-hub.ts';
export { isTransient, retryTransient } from './transient.ts';
export { runWatcher, type WatcherDependencies, type WatcherOptions } from './watcher/run-watcher.ts';
export type { WatcherEvent } from './watcher/watcher-event.ts';
export type {
  ChainFacts,
  DisputeFacts,
  EventPlace,
  ModelFacts,
  OperationSender,
  PanelFacts,
  ProvenSeat,
  ProvenTask,
  ProviderFacts,
  ProviderIdentity,
  SeatFacts,
  SentOperation,
  TaskFacts,
  WorkerEvent,
  WorkerNode,
} from './worker-node.ts';
