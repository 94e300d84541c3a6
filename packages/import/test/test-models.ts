import { fileURLToPath } from 'node:url';
import { type ImportedModel, type ImportOptions, importModel } from '../src/index.ts';

/** A file of test/models, which scripts/models/import/make_models.py writes. */
export const modelPath = (name: string): string => fileURLToPath(new URL(`models/${name}`, import.meta.url));

/** Imports a model of test/models with its own samples. */
export const importTestModel = (
  file: string,
  samples: string,
  options: Partial<ImportOptions> = {},
): Promise<ImportedModel> =>
  importModel(modelPath(file), { name: 'model', calibration: modelPath(samples), ...options });
