import { bytesToHex } from '@aivm/core/bytes';
import { httpUrlOf, type ValidatorPlan } from './cluster-plan.ts';

const TIMEOUT_MS = 3_000;

/** Where one validator is now. */
export interface ValidatorStatus {
  readonly name: string;
  readonly http: string;
  /** Undefined where its node gives no answer. */
  readonly height: number | undefined;
  /** The id of its last block, with 0x. */
  readonly block: string | undefined;
  /** Other validators that its engine talks to; undefined where the engine gives no answer. */
  readonly peers: number | undefined;
}

async function readPeers(rpcPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${rpcPort}/net_info`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { result } = (await response.json()) as { result: { n_peers: string } };
  return Number(result.n_peers);
}

/** Asks a validator's node and its engine; who gives no answer is no error. */
export async function readStatus(plan: ValidatorPlan): Promise<ValidatorStatus> {
  const { name, rpcPort } = plan;
  const { createClient } = await import('@aivm/sdk');
  const http = httpUrlOf(plan);
  const client = createClient({ url: http });
  const [block, peers] = await Promise.all([
    client.getBlock('latest', { timeoutMs: TIMEOUT_MS }).catch(() => undefined),
    readPeers(rpcPort).catch(() => undefined),
  ]);
  const id = block === undefined ? undefined : `0x${bytesToHex(block.hash)}`;
  return { name, http, height: block?.header.height, block: id, peers };
}

/** Validators that have different blocks at one height: none, unless something is very wrong. */
export function findDivergence(all: readonly ValidatorStatus[]): string | undefined {
  for (const left of all) {
    const right = all.find(({ height, block }) => height === left.height && block !== left.block);
    if (left.height !== undefined && right !== undefined) {
      return `${left.name} and ${right.name} have different blocks at height ${left.height}: ${left.block}, ${right.block}`;
    }
  }
  return undefined;
}
