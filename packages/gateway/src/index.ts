export {
  type ApiKey,
  createApiSecret,
  hashApiSecret,
  type SpendingLimits,
} from './accounts/api-keys.ts';
export { createLedgerFile } from './accounts/ledger-file.ts';
export type { LedgerEntry, LedgerStore } from './accounts/spending.ts';
export type { GatewayLog, GatewayOptions } from './http/gateway-options.ts';
export { type Gateway, type ServeGatewayOptions, serveGateway } from './http/serve-gateway.ts';
