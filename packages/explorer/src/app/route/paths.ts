const at = (...parts: readonly (string | number)[]): string =>
  `#/${parts.map((part) => encodeURIComponent(part)).join('/')}`;

/** Addresses of the pages. They stand behind the hash, so that no id of a stranger is ever a path that a server reads. */
export const paths = {
  overview: (): string => '#/',
  tasks: (status?: string): string =>
    status === undefined ? at('tasks') : `${at('tasks')}?status=${status}`,
  task: (id: string): string => at('tasks', id),
  providers: (): string => at('providers'),
  provider: (id: string): string => at('providers', id),
  disputes: (): string => at('disputes'),
  dispute: (id: string): string => at('disputes', id),
  models: (): string => at('models'),
  model: (id: string): string => at('models', id),
  epochs: (): string => at('epochs'),
  verify: (receipt?: number): string =>
    receipt === undefined ? at('verify') : `${at('verify')}?receipt=${receipt}`,
  ask: (model?: string): string =>
    model === undefined ? at('ask') : `${at('ask')}?model=${encodeURIComponent(model)}`,
  blocks: (): string => at('blocks'),
  block: (ref: string | number): string => at('blocks', ref),
  transaction: (hash: string): string => at('transactions', hash),
  account: (address: string): string => at('accounts', address),
} as const;
