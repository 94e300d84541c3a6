import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';

/** Eight GPUs in JSON are about 160,000. */
const OUTPUT_BYTES_MAX = 1_048_576;
const TIMEOUT_MS = 60_000;

/** How a program is run. */
export interface ReportCommandOptions {
  readonly signal: AbortSignal;
  /** It is killed after so many milliseconds [60,000]. */
  readonly timeoutMs?: number;
}

function run(
  words: readonly string[],
  { signal, timeoutMs = TIMEOUT_MS }: ReportCommandOptions,
): Promise<{ readonly stdout: Uint8Array }> {
  const [file, ...rest] = words;
  if (file === undefined) throw new RangeError('report command: empty');
  const options = { signal, timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX } as const;
  return new Promise((resolve, reject) => {
    execFile(
      file,
      rest,
      { ...options, killSignal: 'SIGKILL', encoding: 'buffer' },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ stdout: new Uint8Array(stdout) });
        // Killed for no reason of its own or the caller's: it was too slow.
        if (error.killed && error.signal === 'SIGKILL' && !signal.aborted && error.code === null) {
          return reject(new Error(`${file}: no answer within ${timeoutMs} ms`, { cause: error }));
        }
        const detail = stderr.toString('utf8').trim().split('\n').at(-1) ?? '';
        reject(new Error(`${file}: ${detail === '' ? error.message : detail}`, { cause: error }));
      },
    );
  });
}

/**
 * Makes a report with a program. Its words are split at spaces and no shell sees them. `{reportDataHex}` and
 * `{nonceHex}` become the bytes to sign in hex; the report is read from the file at `{outFile}`, or from its standard
 * output where that word is missing.
 * @throws Error with the program's last line of complaint.
 * @example await runReportCommand('get-report --data {reportDataHex} --out {outFile}', reportData, { signal })
 */
export async function runReportCommand(
  command: string,
  reportData: Uint8Array,
  options: ReportCommandOptions,
): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), 'aivm-report-'));
  try {
    const outFile = join(directory, 'report');
    const hex = bytesToHex(reportData);
    const words = command
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) =>
        word.replaceAll(/\{(?:reportDataHex|nonceHex)\}/g, hex).replaceAll('{outFile}', outFile),
      );
    const { stdout } = await run(words, options);
    const report = command.includes('{outFile}') ? new Uint8Array(await readFile(outFile)) : stdout;
    if (report.length === 0) throw new Error(`${words[0]}: made an empty report`);
    return report;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
