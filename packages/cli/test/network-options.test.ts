import { describe, expect, it } from 'vitest';
import { engineChecks } from '../src/doctor/engines.ts';
import { openNetworkEngine } from '../src/network-options.ts';

const notesOf = async (env: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  const notes: string[] = [];
  await openNetworkEngine({ env, note: (line) => notes.push(line) });
  return notes;
};

describe('what runs networks', () => {
  it('is said, with the reason why nothing faster does', async () => {
    expect(await notesOf({ AIVM_NETWORK_ENGINE: 'wasm' })).toEqual(['networks run on wasm: it was chosen']);
    expect(await notesOf({ AIVM_NETWORK_LIBRARY: '/nowhere.so' })).toEqual([
      'networks run on wasm: /nowhere.so: no such file',
    ]);
  });

  it('is refused by its name where there is no such engine', async () => {
    await expect(openNetworkEngine({ env: { AIVM_NETWORK_ENGINE: 'tpu' } })).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('expected auto, native, wasm, reference, got tpu'),
    });
    const native = { AIVM_NETWORK_ENGINE: 'native', AIVM_NETWORK_LIBRARY: '/nowhere.so' };
    await expect(openNetworkEngine({ env: native })).rejects.toMatchObject({ code: 'gpu_not_available' });
  });

  it('is a part that aivm doctor looks at', async () => {
    const check = engineChecks.find(({ part }) => part === 'network engine')!;
    const finding = await check.look();
    if (finding.state === 'ok')
      expect(finding.found).toMatch(/^native \((vnni|avx2|portable)\), .*libaivm_network/);
    else expect(finding.found).toContain('it runs them as well, slower');
  });
});
