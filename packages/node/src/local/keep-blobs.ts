import { bytesToHex } from '@aivm/core/bytes';
import { listModels, requireTask, TaskStatus } from '@aivm/core/state';
import { errorFields, type Log } from '../log.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { NodeApi } from './node-api.ts';

/** How often the node looks which blobs are named. */
const SWEEP_MS = 600_000;
const PAGE = 500;
const OPEN: readonly number[] = [TaskStatus.pending, TaskStatus.assigned, TaskStatus.processing];

/** Weight hashes, in hex, that a registered model or an open task names. */
function namedHashes(node: NodeApi): ReadonlySet<string> {
  const state = node.state();
  const named = new Set(listModels(state).map(({ weightHash }) => bytesToHex(weightHash)));
  for (const status of OPEN) {
    let cursor: string | undefined;
    do {
      const page = node.blocks.listTasks({ status, limit: PAGE, cursor });
      for (const id of page.items) named.add(bytesToHex(requireTask(state, id).weightHash));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
  return named;
}

/** Removes blobs that nothing named at two looks in a row. Gives what to do to look, and what stops it. */
export function keepBlobs(
  { node, blobs, log }: { readonly node: NodeApi; readonly blobs: BlobStore; readonly log: Log },
  everyMs: number = SWEEP_MS,
): { readonly sweep: () => Promise<void>; readonly stop: () => void } {
  let unnamed: ReadonlySet<string> = new Set();
  const sweep = async (): Promise<void> => {
    const here = blobs.hashes();
    if (here.length === 0) return;
    const named = namedHashes(node);
    const left = here.filter((name) => !named.has(name));
    for (const name of left) {
      if (!unnamed.has(name)) continue;
      await blobs.remove(name);
      log.info({ blob: name }, 'blob removed: no model and no open task names it');
    }
    unnamed = new Set(left);
  };
  const timer = setInterval(() => {
    void sweep().catch((error: unknown) => log.error(errorFields(error), 'blobs not swept'));
  }, everyMs);
  timer.unref();
  return { sweep, stop: () => clearInterval(timer) };
}
