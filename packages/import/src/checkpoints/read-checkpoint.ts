import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { openSafetensors, type TensorSource } from '../files/safetensors.ts';

type Members = Readonly<Record<string, unknown>>;

/** A folder with config.json and one or more .safetensors files. */
export interface Checkpoint {
  readonly config: Members;
  readonly weights: TensorSource;
  /** Of a sentence encoder: whether its answer is the mean of the rows, and whether that has length 1. */
  readonly sentence: { readonly meanPool: boolean; readonly isNormalized: boolean };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AivmError('not_found', `${path}: ${error.message}`);
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new AivmError('malformed', `${path}: no JSON`);
  }
}

/** What modules.json of a sentence encoder puts behind its layers. @throws AivmError `import_refused` for another pooling */
async function readSentence(folder: string): Promise<Checkpoint['sentence']> {
  const modules = await readJson(join(folder, 'modules.json'));
  if (!Array.isArray(modules)) return { meanPool: false, isNormalized: false };
  const types = modules.map((module) => String((Object(module) as Members).type));
  const pooling = modules.find((module) => String((Object(module) as Members).type).endsWith('.Pooling'));
  const path = join(folder, String((Object(pooling) as Members).path ?? ''), 'config.json');
  const settings = pooling === undefined ? undefined : (Object(await readJson(path)) as Members);
  if (settings !== undefined && settings.pooling_mode_mean_tokens !== true)
    throw new AivmError(
      'import_refused',
      `${path}: pooling of another kind than the mean has no integer form`,
    );
  return {
    meanPool: settings !== undefined,
    isNormalized: types.some((type) => type.endsWith('.Normalize')),
  };
}

/**
 * The configuration and the weights of a checkpoint folder.
 *
 * @throws AivmError `not_found`, `malformed`, `import_refused`
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await readJson(join(folder, 'config.json'));
  if (config === undefined) throw new AivmError('not_found', `${folder}: it has no config.json`);
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
  return { config: Object(config) as Members, weights, sentence: await readSentence(folder) };
}
