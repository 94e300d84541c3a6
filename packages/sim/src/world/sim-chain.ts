export const SIM_CHAIN_ID = 4_242n;
/** Genesis time, Unix seconds. */
export const SIM_TIMESTAMP = 1_700_000_000;
/** The balance that each identity starts with. */
export const SIM_FUNDS = 10n ** 24n;

/** An opaque model whose owner says that equal inputs give equal outputs: what committees can judge. */
export const ECHO_MODEL = 'echo';
