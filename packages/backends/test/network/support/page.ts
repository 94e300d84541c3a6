import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import { createNetwork, parseNetworkHeader, traceTree } from '@aivm/core/network';
import { createReferenceEngine } from '../../../src/network/reference-engine.ts';
import { createWasmEngine } from '../../../src/network/wasm-engine.ts';

/** A network and what it runs on; bytes are hex. */
export interface SentTask {
  readonly header: string;
  readonly blob: string;
  readonly input: string;
  readonly tokens: readonly number[];
  readonly size: { readonly T: number; readonly N: number };
}

/** The root of the trace of each task. */
export async function rootsOf(
  engineName: 'wasm' | 'reference',
  tasks: readonly SentTask[],
): Promise<readonly string[]> {
  const engine = engineName === 'wasm' ? createWasmEngine() : createReferenceEngine();
  const roots: string[] = [];
  for (const task of tasks) {
    const header = parseNetworkHeader(hexToBytes(task.header));
    const network = createNetwork(header, task.size);
    const input = { bytes: hexToBytes(task.input), tokens: Uint32Array.from(task.tokens) };
    const trace = await engine.load(header, hexToBytes(task.blob)).pass({ network, input });
    roots.push(bytesToHex(traceTree(network, trace).root));
  }
  return roots;
}

Object.assign(globalThis, { rootsOf });
