import { bytesToHex, equalBytes, hexToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

/** Which chain a client means. What is left out is remembered at the first contact. */
export interface ChainIdentity {
  readonly chainId?: bigint;
  /** 32 bytes: what `GET /config` and `aivm devnet` call the genesis hash. */
  readonly genesisHash?: Uint8Array;
}

/** The header in which a node names the genesis of its chain in every answer, as 64 hex digits. */
export const GENESIS_HEADER = 'aivm-genesis';

/** The header in which a node names the chain id in every answer, in decimal. */
export const CHAIN_ID_HEADER = 'aivm-chain-id';

const show = (hash: Uint8Array): string => `0x${bytesToHex(hash)}`;

/** Keeps a client on one chain, whatever answers at the node's address. */
export class ChainPin {
  #chainId: bigint | undefined;
  #genesisHash: Uint8Array | undefined;

  constructor({ chainId, genesisHash }: ChainIdentity = {}) {
    if (genesisHash !== undefined && genesisHash.length !== 32)
      throw new TypeError(`chain.genesisHash: expected 32 bytes, got ${genesisHash.length}`);
    this.#chainId = chainId;
    this.#genesisHash = genesisHash;
  }

  /** @throws AivmError `wrong_chain` where the node names another chain than before, or than was configured. */
  compare({ chainId, genesisHash }: ChainIdentity, url: string): void {
    if (genesisHash !== undefined) {
      this.#genesisHash ??= genesisHash;
      if (!equalBytes(this.#genesisHash, genesisHash))
        throw otherChain(`its genesis hash is ${show(genesisHash)}, not ${show(this.#genesisHash)}`, url);
    }
    if (chainId !== undefined) {
      this.#chainId ??= chainId;
      if (this.#chainId !== chainId)
        throw otherChain(`its chain id is ${chainId}, not ${this.#chainId}`, url);
    }
  }

  /** Compares what an answer's headers say. Something between may have taken the header out: then they say nothing. */
  compareHeaders(headers: Headers, url: string): void {
    const chainId = headers.get(CHAIN_ID_HEADER) ?? '';
    if (/^\d{1,20}$/.test(chainId)) this.compare({ chainId: BigInt(chainId) }, url);
    const genesis = headers.get(GENESIS_HEADER) ?? '';
    if (!/^[0-9a-f]{64}$/.test(genesis) || genesis === this.#genesisText()) return;
    this.compare({ genesisHash: hexToBytes(genesis) }, url);
  }

  #genesisText(): string | undefined {
    return this.#genesisHash === undefined ? undefined : bytesToHex(this.#genesisHash);
  }
}

const otherChain = (difference: string, url: string): AivmError =>
  new AivmError('wrong_chain', `this is another chain: ${difference} (${url})`);
