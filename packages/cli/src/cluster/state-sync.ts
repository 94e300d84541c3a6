import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AivmError } from '@aivm/core/errors';
import { storeError } from '@aivm/node';
import { createClient } from '@aivm/sdk';
import { throwIfInterrupted } from '../cli-context.ts';
import type { ValidatorPlan } from './cluster-plan.ts';

const TIMEOUT_MS = 5_000;
const ASK_EVERY_MS = 500;
const HASH = /^[0-9A-F]{64}$/;
/** What this program wrote before begins so, up to the end of the file. */
const SECTION = '\n[statesync]\n';

/** A block that a light client begins with. */
interface LightBlock {
  readonly height: number;
  /** The engine's hash of its header, in hex. */
  readonly hash: string;
}

/** The newest snapshot of any of these validators; undefined while there is none. */
async function newestSnapshot(validators: readonly ValidatorPlan[]): Promise<number | undefined> {
  const lists = await Promise.all(
    validators.map(({ httpPort }) =>
      createClient({ url: `http://127.0.0.1:${httpPort}`, retriesMax: 0, timeoutMs: TIMEOUT_MS })
        .listSnapshots()
        .then(({ snapshots }) => snapshots.map(({ height }) => height))
        .catch(() => []),
    ),
  );
  const heights = lists.flat();
  return heights.length === 0 ? undefined : Math.max(...heights);
}

/** What the engine of a validator has at a height. @throws AivmError `unreachable` where it has nothing or says nonsense. */
async function lightBlockOf({ rpcPort }: ValidatorPlan, height: number): Promise<LightBlock> {
  const url = `http://127.0.0.1:${rpcPort}/commit?height=${height}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { result } = (await answer.json()) as {
      result?: { signed_header?: { commit?: { block_id?: { hash?: string } } } };
    };
    const hash = result?.signed_header?.commit?.block_id?.hash ?? '';
    if (!HASH.test(hash)) throw new Error(`no commit of height ${height}`);
    return { height, hash };
  } catch (cause) {
    throw new AivmError('unreachable', `${url}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** What an engine's configuration says that is to begin with a snapshot. */
const sectionOf = (
  sources: readonly ValidatorPlan[],
  { height, hash }: LightBlock,
): string => `${SECTION}enable = true
rpc_servers = ${JSON.stringify(sources.map(({ rpcPort }) => `http://127.0.0.1:${rpcPort}`).join(','))}
trust_height = ${height}
trust_hash = "${hash}"
trust_period = "168h0m0s"
discovery_time = "5s"
`;

/**
 * Lets the engine of a validator begin with a snapshot of the others, which its light client verifies from a block on that
 * two of them have alike. Waits until there is a snapshot. An engine that has blocks goes on from them.
 * @returns the block that is trusted. @throws AivmError `unreachable`, `block_invalid` where the two differ; InterruptedError.
 */
export async function beginByStateSync(
  plan: ValidatorPlan,
  others: readonly ValidatorPlan[],
  { report, signal }: { readonly report: (text: string) => void; readonly signal: AbortSignal },
): Promise<LightBlock> {
  let height = await newestSnapshot(others);
  if (height === undefined) report('no validator has a snapshot yet: waits for the first');
  while (height === undefined) {
    await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    throwIfInterrupted(signal);
    height = await newestSnapshot(others);
  }
  // The light client wants two that answer, and compares them.
  const sources: ValidatorPlan[] = [];
  let trusted: LightBlock | undefined;
  let last: unknown;
  for (const other of others) {
    try {
      const block = await lightBlockOf(other, height);
      if (trusted !== undefined && trusted.hash !== block.hash) {
        throw new AivmError(
          'block_invalid',
          `${other.name} has ${block.hash} at height ${height}, another ${trusted.hash}`,
        );
      }
      trusted = block;
      sources.push(other);
    } catch (error) {
      if (!(error instanceof AivmError) || error.code !== 'unreachable') throw error;
      last = error;
    }
  }
  if (trusted === undefined || sources.length < 2) {
    throw new AivmError('unreachable', 'state sync needs the engines of two validators that run', {
      cause: last,
    });
  }
  const path = join(plan.engineHome, 'config', 'config.toml');
  try {
    const text = await readFile(path, 'utf8');
    const before = text.includes(SECTION) ? text.slice(0, text.indexOf(SECTION)) : text;
    await writeFile(path, before + sectionOf(sources.slice(0, 2), trusted));
  } catch (error) {
    throw storeError(path, error);
  }
  return trusted;
}
