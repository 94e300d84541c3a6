import { genesisModels, runInt8Kernel } from '@aivm/core/execute';
import { expect, it } from 'vitest';
import { readWdbcRows } from '../src/wdbc-data.ts';

it('holds 569 samples whose independent outputs the kernel repeats with the genesis weights', async () => {
  const rows = await readWdbcRows();
  expect(rows).toHaveLength(569);
  expect(rows.filter((row) => row.isTest)).toHaveLength(114);
  const model = genesisModels().find(({ id }) => id === 'wdbc-int8');
  const outputs = rows.map(
    (row) => ((runInt8Kernel(model?.weights ?? new Uint8Array(), row.input)[0] ?? 0) << 24) >> 24,
  );
  expect(outputs).toEqual(rows.map((row) => row.y0));
});
