import { combineSources, type EvidenceSource } from '@aivm/worker';
import { expect, it } from 'vitest';

const REQUEST = {
  chainId: 1n,
  provider: 'p-1',
  blockTime: 0,
  bindingOf: () => new Uint8Array(32),
} as unknown as Parameters<EvidenceSource['makeEvidence']>[0];

/** Ends only when it is told to. */
function endless(): { readonly source: EvidenceSource; readonly ended: () => boolean } {
  let isEnded = false;
  const makeEvidence: EvidenceSource['makeEvidence'] = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      const end = () => {
        isEnded = true;
        reject(new Error('stopped'));
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
    });
  return { source: { makeEvidence }, ended: () => isEnded };
}

const failing: EvidenceSource = { makeEvidence: () => Promise.reject(new Error('no report')) };

it.each(['first', 'last'])(
  'a source that fails stops the others, which end before it is told: the %s',
  async (place) => {
    const { source, ended } = endless();
    const both = place === 'first' ? [failing, source] : [source, failing];
    const making = combineSources(...both).makeEvidence(REQUEST, { signal: new AbortController().signal });
    await expect(making).rejects.toThrow('no report');
    expect(ended()).toBe(true);
  },
);

it('who asks can stop all of them', async () => {
  const { source, ended } = endless();
  const stop = new AbortController();
  const making = combineSources(source, source).makeEvidence(REQUEST, stop);
  stop.abort();
  await expect(making).rejects.toThrow('stopped');
  expect(ended()).toBe(true);
});
