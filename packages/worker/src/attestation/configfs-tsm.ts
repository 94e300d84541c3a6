import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../backoff.ts';

/** Where Linux (6.7 and later) offers reports of the confidential VM that it runs in. */
export const TSM_REPORT_DIRECTORY = '/sys/kernel/config/tsm/report';

/** What the kernel gave for one request. */
export interface TsmReport {
  /** Name of the kernel's driver: "sev_guest", "tdx_guest". */
  readonly provider: string;
  /** The report of an SNP guest, or the quote of a TD. */
  readonly report: Uint8Array;
  /** Certificates that the host handed over, as the driver lays them out; empty where it handed none. */
  readonly auxiliary: Uint8Array;
}

/** The calls that it takes to talk to the kernel; those of `node:fs/promises` do it. */
export interface TsmFiles {
  mkdir(path: string): Promise<unknown>;
  rmdir(path: string): Promise<unknown>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, data: Uint8Array): Promise<unknown>;
}

/** How to ask. */
export interface TsmOptions {
  readonly directory?: string;
  /** Tells requests of one machine apart: letters, digits and "-". */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly files?: TsmFiles;
}

const TRIES = 5;
const RETRY_MS = 200;
const REPORT_DATA_BYTES_MAX = 64;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

async function readText(files: TsmFiles, path: string): Promise<string> {
  return new TextDecoder().decode(await files.readFile(path)).trim();
}

/** Not every driver has every attribute. */
async function readOptional(files: TsmFiles, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await files.readFile(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENXIO' || codeOf(error) === 'EINVAL') {
      return new Uint8Array(0);
    }
    throw error;
  }
}

/** One request in a directory of its own. @returns undefined where somebody else wrote to it meanwhile. */
async function ask(
  files: TsmFiles,
  directory: string,
  reportData: Uint8Array,
): Promise<TsmReport | undefined> {
  const path = (attribute: string): string => join(directory, attribute);
  const before = BigInt(await readText(files, path('generation')));
  await files.writeFile(path('inblob'), reportData);
  const report = new Uint8Array(await files.readFile(path('outblob')));
  const auxiliary = await readOptional(files, path('auxblob'));
  const provider = await readText(files, path('provider'));
  const after = BigInt(await readText(files, path('generation')));
  // Every write counts one: ours, and nobody else's.
  return after === before + 1n ? { provider, report, auxiliary } : undefined;
}

/**
 * Asks the kernel for a report over `reportData`: makes a directory, writes `inblob`, reads `outblob`, and compares
 * `generation`, which every write raises. A busy driver is asked again, five times in all.
 * @param reportData at most 64 bytes
 * @throws Error that says what is missing where this machine offers no reports.
 */
export async function readTsmReport(reportData: Uint8Array, options: TsmOptions): Promise<TsmReport> {
  if (reportData.length > REPORT_DATA_BYTES_MAX) {
    throw new RangeError(`reportData: at most ${REPORT_DATA_BYTES_MAX} bytes, got ${reportData.length}`);
  }
  const { directory: parent = TSM_REPORT_DIRECTORY, name, signal, files = fs } = options;
  const directory = join(parent, name);
  try {
    await files.mkdir(directory);
  } catch (error) {
    // Left by a run that was killed; ours alone by its name.
    if (codeOf(error) !== 'EEXIST') {
      const reason = `${parent}: no reports here (${codeOf(error)}); configfs, the guest driver, or the right to use it is missing`;
      throw new Error(reason, { cause: error });
    }
  }
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const report = await ask(files, directory, reportData);
        if (report !== undefined) return report;
      } catch (error) {
        const isBusy = ['EBUSY', 'EAGAIN', 'EWOULDBLOCK', 'EINTR'].includes(codeOf(error));
        if (!isBusy || attempt >= TRIES) throw error;
      }
      if (attempt >= TRIES) throw new Error(`${directory}: others write to it all the time`);
      await sleep(RETRY_MS * attempt, signal);
      signal.throwIfAborted();
    }
  } finally {
    await files.rmdir(directory).catch(() => undefined);
  }
}
