export { formatAmount, parseAmount } from '@aivm/core/bytes';
export { addressToText, isSameAddress, textToAddress } from '@aivm/core/crypto';
export { assembleTransaction } from '@aivm/core/tx';
export { AnswerError } from './client/answer-error.ts';
export { CHAIN_ID_HEADER, type ChainIdentity, GENESIS_HEADER } from './client/chain-pin.ts';
export { type CallOptions, type ClientOptions, type SubmitOptions, sleep } from './client/client-options.ts';
export { type Clock, platformClock } from './client/clock.ts';
export {
  type CallInputOf,
  type Client,
  createClient,
  errorOfEntry,
} from './client/create-client.ts';
export type { BlobPiece, FetchBlobOptions } from './client/fetch-blob.ts';
export type { SubscribeOptions } from './client/subscribe-events.ts';
export type { TaskMilestone, TaskWaitOptions, WaitOptions } from './client/wait.ts';
export { type Account, openKeystore } from './connect/account.ts';
export { type Connection, type ConnectOptions, connect, type RunOptions } from './connect/connect.ts';
export { createDevelopment, type Development } from './connect/development.ts';
export {
  type DisputedFacts,
  type DisputedResult,
  readDisputedFacts,
  readPostedOutput,
} from './connect/disputed-facts.ts';
export { explainTask } from './connect/explain-task.ts';
export type { ModelFacts } from './connect/model-facts.ts';
export type { NetworkFacts } from './connect/network-facts.ts';
export type { DisputeOptions } from './connect/open-dispute.ts';
export type { OutputPiece, StreamOptions } from './connect/stream-task.ts';
export type { Quote, SubmitTaskOptions, SubmittedTask } from './connect/submit-task.ts';
export {
  type ResultOptions,
  TaskFailedError,
  type TaskProgress,
  type TaskResult,
} from './connect/task-result.ts';
export type { VerifiedReceipt } from './connect/verify-answer.ts';
export type { TaskChange, WatchOptions } from './connect/watch-task.ts';
export { base64ToBytes, bytesToBase64 } from './encoding/base64.ts';
export { bytesToCb58, cb58ToBytes } from './encoding/cb58.ts';
export { secondsToTimestamp, timestampToSeconds } from './encoding/timestamp.ts';
export { canonicalizeJson } from './json/canonicalize-json.ts';
export { parseJson } from './json/parse-json.ts';
export { stringifyJson } from './json/stringify-json.ts';
export { createOpenapi } from './openapi/create-openapi.ts';
export {
  getRoute,
  type Route,
  type RouteAnswer,
  type RouteValue,
  unsignedWriteRoute,
} from './routes/define-route.ts';
export { PAGE_LIMIT_MAX } from './routes/go-routes.ts';
export {
  answerToJson,
  BASE_PATH,
  isGoRoute,
  listRoutes,
  type RouteName,
  type Routes,
  routes,
} from './routes/routes.ts';
export { type Anchor, anchorToJson, type ValidatorSignatures } from './schemas/anchor.ts';
export type { AttestationQuote, AttestationVerdict, GPUAttestation } from './schemas/attestation.ts';
export type { Block, BlockSummary } from './schemas/block.ts';
export type { ChainConfig, Stats } from './schemas/chain.ts';
export { decodeJson, encodeJson } from './schemas/decode.ts';
export type { DevelopmentState } from './schemas/development.ts';
export { DISPUTE_VERDICTS, type Dispute, type DisputeSummary } from './schemas/dispute.ts';
export type { ChainEvent } from './schemas/event.ts';
export type { ModelInfo } from './schemas/model.ts';
export { errorOfProblem, type Problem, problemOf } from './schemas/problem.ts';
export type { IndexedReceipt, ReceiptFile, StateProofFile } from './schemas/proof.ts';
export { receiptFileFromJson, receiptFileToJson, stateProofFileToJson } from './schemas/proof.ts';
export type { Provider, RegisterProviderRequest, RewardStats } from './schemas/provider.ts';
export { parseBlockId, WAIT_MS_MAX } from './schemas/scalars.ts';
export type { BlockBytes } from './schemas/sync.ts';
export type { SubmitResultRequest, SubmitTaskRequest, Task, TaskPanel, Work } from './schemas/task.ts';
export type { AccountInfo, SubmitEntry, TransactionInfo, TransactionPlace } from './schemas/transaction.ts';
export { operationSchema } from './schemas/transaction.ts';
export { findUnknownMembers } from './schemas/unknown-members.ts';
export { createSender, type Sender, type SenderOptions, type SendOptions } from './sender/create-sender.ts';
export { DeliveryError, type DeliveryOutcome } from './sender/delivery-error.ts';
export {
  createMemoryJournal,
  type JournalEntry,
  type JournalVerdict,
  type TransactionJournal,
} from './sender/journal.ts';
export { completeOperation, type OperationInput } from './sender/operation-defaults.ts';
export { anchorToShape, parseAnchor } from './shapes/anchor-shape.ts';
export { type BlockSurroundings, blockToShape, blockToSummary } from './shapes/block-shape.ts';
export {
  blockToEvent,
  type EventPlace,
  eventToShape,
  placedEventToShape,
  placeToText,
  textToPlace,
} from './shapes/event-shape.ts';
export { modelToShape } from './shapes/model-shape.ts';
export { type PanelWithSeats, panelToShape } from './shapes/panel-shape.ts';
export { bytesToPayload, payloadToBytes, type ShownPayload } from './shapes/payload.ts';
export {
  gpuFromJson,
  gpuToJson,
  type ProviderSurroundings,
  providerToShape,
  rewardStatsToShape,
} from './shapes/provider-shape.ts';
export { type TaskPayloads, taskToShape } from './shapes/task-shape.ts';
export {
  type Conviction,
  type ConvictionVerdict,
  serializeConviction,
  verifyConviction,
} from './verify/conviction.ts';
export { type ReceiptVerdict, verifyReceipt, verifyReceiptFile } from './verify/receipt-file.ts';
export { type GameStep, replayGame } from './verify/replay-game.ts';
export { type StateVerdict, verifyStateFact, verifyStateProofFile } from './verify/state-proof-file.ts';
export { passOfTask, type TaskPass } from './verify/task-pass.ts';
export { decryptKeystore, encryptKeystore, type Keystore, type Scrypt } from './wallet/keystore.ts';
export {
  recoverStreamRequester,
  type SignedStreamRequest,
  type StreamRequest,
  signStreamRequest,
} from './wallet/stream-request.ts';
export {
  operationTypes,
  type TypedData,
  type TypedMember,
  typedDataOf,
  type WalletTypedData,
  walletTypedDataOf,
} from './wallet/typed-data.ts';
export {
  createWallet,
  DEVELOPMENT_ACCOUNT_COUNT,
  developmentAccounts,
  importWallet,
  type Signer,
  type Wallet,
  type WalletSource,
} from './wallet/wallet.ts';
export {
  type Eip1193Provider,
  signerOfAccount,
  signerOfProvider,
  type TypedDataAccount,
} from './wallet/wallet-signers.ts';
