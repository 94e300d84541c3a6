import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { openSafetensors, type TensorSource } from '../files/safetensors.ts';
import { type LlamaConfig, parseLlamaConfig } from './llama-config.ts';

/**
 * The configuration and the weights of a checkpoint folder: config.json and one or more .safetensors files.
 *
 * @throws AivmError `not_found`, `malformed`, `import_refused`
 */
export async function readCheckpoint(
  folder: string,
): Promise<{ config: LlamaConfig; weights: TensorSource }> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new AivmError(
      'not_found',
      `${folder}: ${error.code === 'ENOENT' ? 'it has no config.json' : error.message}`,
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AivmError('malformed', `${folder}/config.json: no JSON`);
  }
  const config = parseLlamaConfig(value);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
  if (names.length === 0) throw new AivmError('not_found', `${folder}: it has no .safetensors file`);
  const sources = new Map<string, TensorSource>();
  for (const name of names) {
    const source = openSafetensors(new Uint8Array(await readFile(join(folder, name))), name);
    for (const tensor of source.names) sources.set(tensor, source);
  }
  const weights: TensorSource = {
    names: [...sources.keys()],
    read: (name) => {
      const source = sources.get(name);
      if (source === undefined)
        throw new AivmError('not_found', `${folder}: no tensor "${name}" in ${names.join(', ')}`);
      return source.read(name);
    },
  };
  return { config, weights };
}
