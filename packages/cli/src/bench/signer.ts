import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { hashGenesis, parseGenesis } from '@aivm/core/execute';
import { type Operation, signTransaction, type Transaction } from '@aivm/core/tx';

/** The chain of the benchmarks: a number that no other chain of ours has, so that nothing signed here is of use there. */
const BENCH_CHAIN_ID = 9_999n;

/** A key of the benchmarks, which follows from a name, with a nonce that counts up. */
export class BenchSigner {
  readonly address: Uint8Array;
  readonly #privateKey: Uint8Array;
  #nonce = 0n;
  #genesisHash: Uint8Array | undefined;

  constructor(name: string) {
    this.#privateKey = keccak256(utf8ToBytes(`aivm bench ${name}`));
    this.address = privateKeyToAddress(this.#privateKey);
  }

  /** Names the chain that it signs for from now on. */
  join(genesis: Readonly<Record<string, unknown>>): void {
    this.#genesisHash = hashGenesis(parseGenesis(genesis));
  }

  /** Signs at the next nonce and counts on. */
  sign(operation: Operation): Transaction {
    const tx = this.signOnly(operation);
    this.#nonce++;
    return tx;
  }

  /** Signs at the next nonce, which stays the next one. */
  signOnly(operation: Operation): Transaction {
    if (this.#genesisHash === undefined) throw new Error('a signer that joined no chain');
    const place = { chainId: BENCH_CHAIN_ID, genesisHash: this.#genesisHash, nonce: this.#nonce };
    return signTransaction({ ...place, expiry: 0n, operation }, this.#privateKey);
  }
}

const FUNDS = (10n ** 24n).toString();

/** Genesis of a benchmark's chain, on which `signers` have money. `config` differs from the defaults. */
export const benchGenesis = (
  signers: readonly BenchSigner[],
  config: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  version: 1,
  message: 'AIVM benchmark',
  timestamp: 1_700_000_000,
  chainId: BENCH_CHAIN_ID,
  config,
  params: { development: true },
  allocations: Object.fromEntries(signers.map(({ address }) => [`0x${bytesToHex(address)}`, FUNDS])),
});
