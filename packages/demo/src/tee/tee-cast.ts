/** Who plays in the demo of attested environments, and with which development account. */
export const TEE_CAST = {
  requester: { account: 0 },
  /** Their evidence is good, and so are their answers. */
  attested: [
    { id: 'enclave-1', account: 1 },
    { id: 'enclave-2', account: 2 },
  ],
  /** Its evidence is as good, and every answer that it signs is a lie. */
  liar: { id: 'attested-liar', account: 3 },
  /** Has nothing but its own word about its hardware. */
  software: { id: 'software-1', account: 4 },
  /** Shows a report that was made for an older request. */
  stale: { id: 'stale-1', account: 5 },
  watcher: { account: 6 },
} as const;

/** Everybody who serves, by id. */
export const TEE_PROVIDERS: readonly string[] = [
  ...TEE_CAST.attested,
  TEE_CAST.liar,
  TEE_CAST.software,
  TEE_CAST.stale,
].map(({ id }) => id);

/** Providers whose evidence the chain accepts as hardware's. */
export const TEE_ATTESTED: readonly string[] = [...TEE_CAST.attested, TEE_CAST.liar].map(({ id }) => id);
