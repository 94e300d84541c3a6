import { AivmError, type KernelBackend, referenceBackend } from '@aivm/core';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, EXIT_REFUSED, outputFor } from '../cli-context.ts';

const EXAMPLE = `aivm conformance vectors
aivm conformance vectors --backend wasm`;

interface ConformanceOptions {
  readonly json?: boolean;
  readonly backend: 'cpu' | 'wasm';
}

async function loadBackend(name: ConformanceOptions['backend']): Promise<KernelBackend> {
  if (name === 'cpu') return referenceBackend;
  const { createWasmBackend } = await import('@aivm/backends');
  return createWasmBackend();
}

async function readVectors(directory: string) {
  const { readVectorDirectory } = await import('@aivm/backends');
  try {
    return readVectorDirectory(directory);
  } catch (cause) {
    throw new AivmError('not_found', `vectors: ${(cause as Error).message}`, { cause });
  }
}

/** `aivm conformance DIR` */
export const createConformanceCommand = (context: CliContext): Command =>
  createCommand('conformance', 'Runs every golden vector of a directory against a kernel backend.', EXAMPLE)
    .argument('<dir>', 'directory of vector files')
    .addOption(new Option('--backend <name>', 'engine to judge').choices(['cpu', 'wasm']).default('cpu'))
    .action(async (directory: string, options: ConformanceOptions) => {
      const output = outputFor(context, options);
      const { runConformance } = await import('@aivm/backends');
      const results = runConformance({
        files: await readVectors(directory),
        backend: await loadBackend(options.backend),
      });
      const failures = results.filter((result) => !result.passed);
      for (const { file, name, detail } of failures) output.line(`FAILED ${file} ${name}: ${detail}`);
      const passed = results.length - failures.length;
      if (!output.isJson) output.line(`${passed} passed, ${failures.length} failed`);
      output.json({ backend: options.backend, passed, failed: failures.length, failures });
      if (failures.length > 0) context.setExitCode(EXIT_REFUSED);
    });
