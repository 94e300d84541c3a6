import { AivmError } from '@aivm/core/errors';
import { type Command, Option } from 'commander';
import { type CliContext, createCommand, EXIT_REFUSED, outputFor } from '../cli-context.ts';
import { ENGINE_NAMES, type EngineName, openEngine } from '../kernel-engines.ts';

const EXAMPLE = `aivm conformance vectors
aivm conformance vectors --backend wasm
aivm conformance vectors --plugin ./libluxgpu_backend_cuda.so`;

interface ConformanceOptions {
  readonly json?: boolean;
  readonly backend: EngineName;
  readonly plugin?: string;
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
    .addOption(new Option('--backend <name>', 'engine to judge').choices(ENGINE_NAMES).default('cpu'))
    .option('--plugin <file>', 'a shared object with the six kernel functions, instead of an engine by name')
    .action(async (directory: string, options: ConformanceOptions) => {
      const output = outputFor(context, options);
      const { runConformanceAsync } = await import('@aivm/backends');
      const files = await readVectors(directory);
      const engine = await openEngine(options.backend, options.plugin);
      const results = await runConformanceAsync({ files, backend: engine.backend }).finally(engine.close);
      const failures = results.filter((result) => !result.passed);
      for (const { file, name, detail } of failures) output.line(`FAILED ${file} ${name}: ${detail}`);
      const passed = results.length - failures.length;
      if (!output.isJson) output.line(`${passed} passed, ${failures.length} failed`);
      output.json({ backend: options.plugin ?? options.backend, passed, failed: failures.length, failures });
      if (failures.length > 0) context.setExitCode(EXIT_REFUSED);
    });
