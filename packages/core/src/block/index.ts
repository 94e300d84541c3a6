export {
  type AnchorMessage,
  anchorFields,
  anchorId,
  parseAnchorMessage,
  serializeAnchorMessage,
} from './anchor-message.ts';
export {
  BLOCK_BYTES_MAX,
  type BlockHeader,
  blockHeaderCodec,
  blockId,
  createBlock,
  parseBlock,
  type StatelessBlock,
  transactionsRoot,
  verticesRoot,
} from './block.ts';
export { jobIdOf } from './jobs.ts';
export {
  createVertex,
  isVertexOperation,
  parseVertex,
  type StatelessVertex,
  VERTEX_BYTES_MAX,
  VERTEX_PARENTS_MAX,
  VERTEX_TRANSACTIONS_MAX,
} from './vertex.ts';
export { verticesConflict } from './vertex-conflicts.ts';
export { compareVertices, vertexSequence } from './vertex-order.ts';
export { checkVertexPlace, isEpochOpen, type VertexPlace } from './vertex-place.ts';
