import type { KernelBackend } from '@aivm/core';
import { runCall } from './run-call.ts';
import { runPipeline } from './run-pipeline.ts';
import { parseVectorFile, type VectorText } from './vector-file.ts';

/** How one vector case went. */
export interface ConformanceResult {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  /** What differed or was thrown; empty when passed. */
  readonly detail: string;
}

/** What to run and on what. */
export interface RunConformanceParameters {
  readonly files: readonly VectorText[];
  readonly backend: KernelBackend;
}

/**
 * Runs every case of every vector file against a backend, one result each, in file order. A case that throws has failed.
 *
 * @throws TypeError when there is no file, or one is not a vector file: nothing to check must not look like success
 * @example
 * const files = readVectorDirectory('vectors');
 * const failed = runConformance({ files, backend: createWasmBackend() }).filter((result) => !result.passed);
 */
export function runConformance({ files, backend }: RunConformanceParameters): ConformanceResult[] {
  if (files.length === 0) throw new TypeError('files: expected at least one vector file, got none');
  return files.flatMap((text) => {
    const file = parseVectorFile(text);
    if (file.kind === 'pipelines') {
      return file.cases.map((one) => judge(file.name, one.name, () => runPipeline(backend, one)));
    }
    return file.cases.map((one) => judge(file.name, one.name, () => runCall(backend, one)));
  });
}

function judge(file: string, name: string, run: () => string | undefined): ConformanceResult {
  try {
    const detail = run() ?? '';
    return { file, name, passed: detail === '', detail };
  } catch (error) {
    // Only here: whatever an engine throws on a valid case is that case's result.
    return { file, name, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
