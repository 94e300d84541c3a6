export { EXP_TABLE, expBelowMaximum } from './arithmetic/exp-table.ts';
export {
  clamp,
  divideFloor,
  integerSquareRoot,
  roundShift,
  scaleExactly,
  toInt64,
} from './arithmetic/int64.ts';
export { roundShiftNumber, scale } from './arithmetic/scaling.ts';
export {
  acceptCommitment,
  type CommittedTrace,
  leavesOfTensor,
  type TraceCommitment,
  traceFacts,
} from './game/commitment.ts';
export { committedView, type ShownEntries } from './game/committed-view.ts';
export {
  acceptReveal,
  exchangeCount,
  hashOfAncestor,
  hashOfReveal,
  type KeptNode,
  type NodePlace,
  pointAt,
  type Reveal,
  type RevealShape,
  revealShape,
  revealSize,
  topOf,
} from './game/descent.ts';
export {
  MOVE_NAMES,
  type Move,
  type MoveBody,
  type MoveName,
  moveNumber,
  parseMove,
  serializeMove,
} from './game/moves.ts';
export {
  createCommitment,
  createReveal,
  entriesBelow,
  firstDifference,
  type OwnTrace,
} from './game/players.ts';
export { type GamePosition, nextPosition } from './game/position.ts';
export {
  acceptWitness,
  type GameRootParameters,
  hashGameRoot,
  type OwnOpening,
  ownsRightValue,
} from './game/verdict.ts';
export { largestText, type NetworkFacts, networkFacts, outputPolynomial } from './header/facts.ts';
export {
  HEADER_BYTES_MAX,
  HEADER_VERSION,
  type HeaderOperator,
  type NetworkHeader,
  networkHeaderCodec,
  parseNetworkHeader,
  type Repeat,
  serializeNetworkHeader,
  TASK_INPUT,
} from './header/header.ts';
export {
  createNetwork,
  type Network,
  type RunningOperator,
  runningOperator,
  shapeOf,
  tensorAt,
  tensorOffset,
} from './header/network.ts';
export type { NetworkInput } from './header/network-input.ts';
export { operatorSpec } from './header/operator-spec.ts';
export { evaluatePolynomial, type Polynomial, type Term } from './header/polynomial.ts';
export { type NetworkLimits, T_MAX, validateNetworkHeader } from './header/validate-header.ts';
export { type ByteSource, LeafRecorder, openedLeaves, wholeBytes } from './judge/byte-source.ts';
export {
  blobLeavesOf,
  elementsPerLeaf,
  planUnit,
  type Unit,
  type UnitPlan,
  unitAt,
  unitBytes,
  unitValue,
} from './judge/judge-unit.ts';
export { createUnitReader } from './judge/unit-reader.ts';
export {
  createWitness,
  judgeWitness,
  type UnitVerdict,
  type Witness,
  type WitnessRoots,
} from './judge/witness.ts';
export type { Dimension, TextSize } from './model/dimension.ts';
export {
  ELEMENT_RANGE,
  ELEMENT_SIZE,
  ELEMENT_TYPES,
  type ElementType,
  isNarrow,
  type TensorData,
  viewElements,
} from './model/element-type.ts';
export { type Shape, sizeOf, type TensorSpec } from './model/tensor.ts';
export { ALIGNMENT, alignUp, ROW_TAIL_SIZE, readRowTail, rowStride } from './model/weight-row.ts';
export type {
  ByteRun,
  Form,
  Operator,
  OperatorNode,
  OperatorSpec,
  RunMemory,
  UnitReads,
} from './operators/operator.ts';
export { type AttributesOf, OPERATOR_KINDS, type OperatorKind, operatorOf } from './operators/table.ts';
export { RUN_BYTES_MAX, runNetwork, type Trace, traceTree } from './run/run-network.ts';
export {
  type HeaderTokenizer,
  openTokenizer,
  tokenizerOfHeader,
  tokenizerToNotes,
} from './text/header-tokenizer.ts';
export { createWordPiece, type WordPiece, type WordPieceRules } from './text/word-piece.ts';
export {
  CHUNK_SIZE,
  chunkCountOf,
  createChunkTree,
  hashChunk,
  openChunks,
  rootOfChunks,
} from './trace/chunks.ts';
export {
  createHashTree,
  HASH_SIZE,
  type HashTree,
  hashBlob,
  hashLeaf,
  hashNode,
  nodeHash,
  type TreeFacts,
  treeRoot,
} from './trace/hash-tree.ts';
export { openLeaves, rootOfLeaves } from './trace/multiproof.ts';
export { ARITY, LEAF_SIZE, leafCountOf, levelWidth, treeDepth } from './trace/tree-shape.ts';
export { witnessBound } from './trace/witness-bound.ts';
