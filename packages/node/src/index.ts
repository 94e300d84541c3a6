export { AnchorDeliveries, PRIMARY_HOST_CHAIN } from './anchors/anchor-deliveries.ts';
export {
  type AnchorBackoff,
  type AnchorDeliveryDependencies,
  DEFAULT_ANCHOR_BACKOFF,
} from './anchors/anchor-delivery.ts';
export type { AnchorOutbox } from './anchors/anchor-outbox.ts';
export {
  type AnchorOrigin,
  type AnchorSink,
  AnchorSinkError,
  type AnchorSinkStatus,
} from './anchors/anchor-sink.ts';
export {
  type AnchoredReceiptVerdict,
  type AnchorOnChain,
  AnchorsContract,
  type DeployAnchorsOptions,
  type DeployedAnchors,
  deployAnchorsContract,
  verifyReceiptOnEvm,
} from './anchors/evm/anchors-contract.ts';
export type { EvmEndpoint, EvmProvider } from './anchors/evm/evm-endpoint.ts';
export { createEvmSink, type EvmSinkOptions } from './anchors/evm/evm-sink.ts';
export { type DeployValidatorsOptions, ValidatorsContract } from './anchors/evm/validators-contract.ts';
export { createFileSink } from './anchors/file-sink.ts';
export { createHttpSink, type HttpSinkOptions } from './anchors/http-sink.ts';
export {
  type AnchorKey,
  anchorKeyFromJson,
  anchorKeyToJson,
  bindAnchorKey,
} from './anchors/validators/anchor-key.ts';
export type {
  AnchorSignatures,
  SignedByValidators,
  SignedChange,
  SigningUpdate,
} from './anchors/validators/anchor-signatures.ts';
export type { SigningSet, SigningState } from './anchors/validators/signing-state.ts';
export {
  type AnchorValidator,
  anchorDigest,
  changeDigest,
  collectSignatures,
  hashValidatorSet,
  type SignedDigest,
  type SigningChain,
  signAsValidator,
  type ValidatorSet,
} from './anchors/validators/validator-set.ts';
export type { AcceleratorSession, AssemblyParts } from './assembly/assemble-node.ts';
export { readCollateralFolder } from './attestation/collateral-folder.ts';
export {
  type AttestationVerifierOptions,
  createAttestationVerifier,
} from './attestation/create-attestation-verifier.ts';
export { nodePrimitives } from './attestation/node-primitives.ts';
export { createRememberingPrimitives } from './attestation/remembering-primitives.ts';
export type { Work } from './builder/propose-block.ts';
export type { AcceptedBlock } from './chain/accepted-block.ts';
export { DEFAULT_STATE_CACHE, type StateCacheLimits } from './chain/accepted-state.ts';
export { type CommitBatch, createCommitBatch } from './chain/commit-batch.ts';
export { coreEngine, type ExecutionEngine, type TransactionRow } from './chain/engine.ts';
export type { DisputeRecord, Page, PlacedEvent, TransactionStatus } from './chain/read-answers.ts';
export { type InstalledCrypto, installCrypto } from './crypto/install-crypto.ts';
export type { Health, HealthDetails } from './health.ts';
export { AbciHost, type AbciHostOptions, abciHost } from './hosts/abci/abci-host.ts';
export type { AnchorSigner } from './hosts/abci/anchor-votes.ts';
export {
  EmbeddedHost,
  type EmbeddedHostDependencies,
  type EmbeddedHostOptions,
  type EmbeddedMode,
  embeddedHost,
} from './hosts/embedded/embedded-host.ts';
export { type BeginOptions, beginWithSnapshot } from './hosts/follower/fetch-snapshot.ts';
export { FollowerHost, type FollowerHostOptions, followerHost } from './hosts/follower/follower-host.ts';
export type {
  BlockTip,
  Host,
  HostDependencies,
  HostFactory,
  HostPort,
  VertexPort,
} from './hosts/host.ts';
export { AIVertex, type Vertex } from './hosts/vm/ai-vertex.ts';
export { Block, BlockStatus } from './hosts/vm/block.ts';
export { Factory } from './hosts/vm/factory.ts';
export { assetIdOfNetwork, type FeePolicy, FlatPolicy, MinTxFeeFloor } from './hosts/vm/fee-policy.ts';
export type { Pace } from './hosts/vm/pace.ts';
export { newService, Service } from './hosts/vm/service.ts';
export { type SemanticVersion, Version, VMID, versionText } from './hosts/vm/version.ts';
export { VM } from './hosts/vm/vm.ts';
export {
  type CallOptions,
  type HttpHandler,
  type InitializeOptions,
  type VMDependencies,
  VMMessage,
  VMState,
} from './hosts/vm/vm-options.ts';
export type { AttestationVerifier } from './http/attestation-verifier.ts';
export { createHttpApp, type HttpAppOptions } from './http/create-http-app.ts';
export { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http/limits/http-limits.ts';
export type { SiteFile, StaticSite } from './http/static-site.ts';
export { copyData, type DataCopy } from './local/copy-data.ts';
export type { LocalNode } from './local/local-node.ts';
export type { NodeApi } from './local/node-api.ts';
export type { AssembledBlock, BlockExecution } from './local/node-port.ts';
export { blobDirectory } from './local/open-kept-blobs.ts';
export {
  databaseDirectory,
  type GenesisSource,
  type OpenedNode,
  type OpenNodeOptions,
  openNode,
  readGenesis,
  type StorePlace,
  snapshotDirectory,
} from './local/open-node.ts';
export { type Log, type LogFields, silentLog } from './log.ts';
export { DEFAULT_MEMPOOL_LIMITS, type MempoolLimits } from './mempool/limits.ts';
export { TransactionCache } from './mempool/transaction-cache.ts';
export { type CreateNodeOptions, createNode, type Node, type NodeHttpOptions } from './node.ts';
export { type Plugin, type PluginEnd, type PluginKind, type PluginOptions, startPlugin } from './plugin.ts';
export type { TrustedBlock } from './snapshot/restore-snapshot.ts';
export type { SnapshotPace } from './snapshot/snapshots.ts';
export { ClassicLevelStore } from './store/classic-level-store.ts';
export type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from './store/key-value-store.ts';
export { makeDirectory } from './store/make-directory.ts';
export { MemoryStore } from './store/memory-store.ts';
export { type DisputeEntry, DisputeVerdict } from './store/records.ts';
export { storeError } from './store/store-error.ts';
export {
  type VerifyDataDirectoryOptions,
  verifyDataDirectory,
} from './verify/verify-data-directory.ts';
export { type DatabaseReport, type VerifyDatabaseOptions, verifyDatabase } from './verify/verify-database.ts';
