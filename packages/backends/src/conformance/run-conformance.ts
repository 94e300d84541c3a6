import type { KernelBackend } from '@aivm/core/kernels';
import type { AsyncKernelBackend } from '../engine/async-kernel-backend.ts';
import { checkCall } from './check-call.ts';
import { checkPipeline } from './check-pipeline.ts';
import { type Check, driveCheck, driveCheckAsync } from './kernel-call.ts';
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
  return checksOf(files).map((one) => {
    try {
      return resultOf(one, driveCheck(one.check, backend));
    } catch (error) {
      return resultOf(one, messageOf(error));
    }
  });
}

/** What to run, and on which engine of either kind. */
export interface RunConformanceAsyncParameters {
  readonly files: readonly VectorText[];
  readonly backend: KernelBackend | AsyncKernelBackend;
}

/**
 * As {@link runConformance}, for engines that answer later too; one call at a time. A case that is rejected has failed.
 *
 * @throws TypeError (as a rejection) as runConformance does
 */
export async function runConformanceAsync({
  files,
  backend,
}: RunConformanceAsyncParameters): Promise<ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  for (const one of checksOf(files)) {
    try {
      // Waiting for what is no promise does no harm, so that one driver serves both kinds.
      results.push(resultOf(one, await driveCheckAsync(one.check, backend as AsyncKernelBackend)));
    } catch (error) {
      results.push(resultOf(one, messageOf(error)));
    }
  }
  return results;
}

interface NamedCheck {
  readonly file: string;
  readonly name: string;
  readonly check: Check;
}

function checksOf(files: readonly VectorText[]): NamedCheck[] {
  if (files.length === 0) throw new TypeError('files: expected at least one vector file, got none');
  return files.flatMap((text): NamedCheck[] => {
    const file = parseVectorFile(text);
    if (file.kind === 'pipelines') {
      return file.cases.map((one) => ({ file: file.name, name: one.name, check: checkPipeline(one) }));
    }
    return file.cases.map((one) => ({ file: file.name, name: one.name, check: checkCall(one) }));
  });
}

const resultOf = ({ file, name }: NamedCheck, detail = ''): ConformanceResult => ({
  file,
  name,
  passed: detail === '',
  detail,
});

/** Whatever an engine throws on a valid case is that case's result. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)) || 'an error';
