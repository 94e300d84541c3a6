/** What speaks JSON-RPC to an EVM chain, as EIP-1193 has it. */
export interface EvmProvider {
  request(call: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
}

/** How an EVM chain is reached: by the URL of its JSON-RPC, or through whatever the caller brings. */
export type EvmEndpoint = string | EvmProvider;
