import { readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';
import { INFERENCE_PARAMETERS_SIZE } from '@aivm/core/kernels';
import { UsageError } from '../cli-context.ts';

/** The parameter bytes of an int8-kernel model. @throws AivmError `not_found`, `malformed` */
export async function readWeightsFile(path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) throw new UsageError('an int8-kernel model needs --weights FILE');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AivmError('not_found', `no weights at ${path}`, { cause });
  });
  if (bytes.length !== INFERENCE_PARAMETERS_SIZE) {
    throw new AivmError(
      'malformed',
      `${path}: expected the ${INFERENCE_PARAMETERS_SIZE} parameter bytes of the 32→16→1 network, got ${bytes.length}`,
    );
  }
  return new Uint8Array(bytes);
}
