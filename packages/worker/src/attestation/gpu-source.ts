import { readEvidenceFile } from '@aivm/core/attestation';
import type { EvidenceSource, VendorDocument } from './evidence-source.ts';
import { runReportCommand } from './report-command.ts';

/** How a machine's GPUs make their reports. */
export interface GpuSourceOptions {
  /** A program that asks all GPUs with one nonce of 32 bytes and writes what NVIDIA's tools write: JSON, or one report. */
  readonly command: string;
  /** DER, leaf first: for reports that come without certificates. Read anew for every attestation. */
  readonly readChain?: () => Promise<readonly Uint8Array[]>;
  /** OCSP responses about GPUs and manifests, DER. They end within a day, so they are read for every attestation. */
  readonly readResponses?: () => Promise<readonly Uint8Array[]>;
  /** Reference manifests and revocation lists. */
  readonly readDocuments?: () => Promise<readonly VendorDocument[]>;
}

/** Fresh reports of the GPUs of this machine. */
export const createGpuSource = ({
  command,
  readChain,
  readResponses,
  readDocuments,
}: GpuSourceOptions): EvidenceSource => ({
  makeEvidence: async ({ bindingOf }, { signal }) => {
    const file = await runReportCommand(command, bindingOf('nvidia'), { signal });
    const evidence = readEvidenceFile('nvidia', file, (await readChain?.()) ?? []);
    const gpus = evidence.kind === 'nvidia' ? evidence.gpus : [];
    if (gpus.length === 0) throw new Error('the program names no GPU');
    return {
      processors: [],
      gpus: gpus.map(({ report, chain }) => ({ report, chain: [...chain] })),
      statements: [],
      ...(readResponses === undefined ? {} : { responses: [...(await readResponses())] }),
    };
  },
  ...(readDocuments === undefined ? {} : { readDocuments }),
});

/** A processor and GPUs together: one attestation, which counts while all of its evidence does. */
export const combineSources = (...sources: readonly EvidenceSource[]): EvidenceSource => ({
  makeEvidence: async (request, { signal }) => {
    // One that fails stops the others: what they would still make is of no use, and the next try asks them again.
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const making = sources.map((source) => source.makeEvidence(request, { signal: either }));
    const pieces = await Promise.all(making).catch(async (error: unknown) => {
      stop.abort();
      await Promise.allSettled(making);
      throw error;
    });
    const responses = pieces.flatMap((piece) => piece.responses ?? []);
    return {
      processors: pieces.flatMap(({ processors }) => processors),
      gpus: pieces.flatMap(({ gpus }) => gpus),
      statements: pieces.flatMap(({ statements }) => statements),
      ...(responses.length === 0 ? {} : { responses }),
    };
  },
  readDocuments: async () =>
    (await Promise.all(sources.map((source) => source.readDocuments?.() ?? []))).flat(),
});
