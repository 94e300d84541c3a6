export { EIP712_DOMAIN, hashTypedOperation, operationTypeString, type TypedOperation } from './eip712.ts';
export { OPERATIONS, type Operation, type OperationName, type OperationOf } from './operations/operations.ts';
export { signTransaction } from './sign.ts';
export {
  assembleTransaction,
  hashTransaction,
  isExpired,
  operationCodec,
  parseKnownTransaction,
  parseTransaction,
  serializeOperation,
  type Transaction,
  TX_BYTES_MAX,
  type UnsignedTransaction,
} from './transaction.ts';
export { transactionWork } from './work.ts';
