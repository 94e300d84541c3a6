import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ProofVerifyOp, ProofVerifyResult } from '@aivm/core/layout';
import { compileKernels } from '../wasm/kernel-module.ts';
import { median } from './median.ts';

/** The same proofs on a number of threads, each with a WebAssembly engine of its own. */
export interface ThreadsRow {
  readonly threads: number;
  /** Median wall time of all ops, divided by their number. */
  readonly nsPerOp: number;
  /** Time on one thread divided by this. */
  readonly speedup: number;
}

/** Ops per piece, as the engine copies them. */
const PIECE = 512;

/** A thread: verifies `count` proofs of its own memory each time it is asked. Text, so that it needs no file of its own. */
const PROGRAM = `
const { parentPort, workerData: { module, piece, opSize, resultSize } } = require('node:worker_threads');
const memory = new WebAssembly.Memory({ initial: 2 + Math.ceil((piece * (opSize + resultSize)) / 65536) });
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const ops = exports.arenaBase();
const results = ops + piece * opSize;
// Everything is set but the expiry, at 208 of each op.
for (let op = ops; op < results; op += opSize) new Uint8Array(memory.buffer).fill(0x5a, op, op + 208);
parentPort.on('message', (count) => {
  for (let done = 0; done < count; done += piece) exports.proofVerify(ops, Math.min(piece, count - done), results);
  parentPort.postMessage(new Uint8Array(memory.buffer)[results]);
});
parentPort.postMessage('ready');
`;

async function startThread(module: object): Promise<Worker> {
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { module, piece: PIECE, opSize: ProofVerifyOp.SIZE, resultSize: ProofVerifyResult.SIZE },
  });
  await once(worker, 'message');
  return worker;
}

/**
 * How the WebAssembly engine scales over threads: `ops` proofs, shared out evenly, for each of the thread counts. Wall
 * time, so that it says something only where that many processors are idle.
 */
export async function benchThreads(
  { ops, rounds = 5 }: { readonly ops: number; readonly rounds?: number },
  counts: readonly number[] = [1, 2],
): Promise<ThreadsRow[]> {
  const module = compileKernels();
  const rows: ThreadsRow[] = [];
  for (const threads of counts) {
    const workers = await Promise.all(Array.from({ length: threads }, () => startThread(module)));
    const times: number[] = [];
    // The first rounds run code that is compiled quickly, not well.
    for (let round = -3; round < rounds; round++) {
      const started = performance.now();
      const answers = workers.map((worker) => once(worker, 'message'));
      for (const worker of workers) worker.postMessage(Math.ceil(ops / threads));
      const statuses = (await Promise.all(answers)).flat();
      if (round >= 0) times.push(((performance.now() - started) * 1e6) / ops);
      // The ops are complete and do not expire: a thread that says otherwise has not done the work.
      if (statuses.some((status) => status !== 1)) throw new Error(`a thread gave status ${statuses}`);
    }
    await Promise.all(workers.map((worker) => worker.terminate()));
    const nsPerOp = median(times);
    rows.push({ threads, nsPerOp, speedup: (rows[0]?.nsPerOp ?? nsPerOp) / nsPerOp });
  }
  return rows;
}
