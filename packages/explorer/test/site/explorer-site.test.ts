import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createExplorerSite } from '../../src/index.ts';

/** What a first visit may load of scripts, gzipped. */
const FIRST_LOAD_BYTES_MAX = 150_000;

describe('the files of the explorer', () => {
  const site = createExplorerSite();

  it('are a page, and what it names', async () => {
    const page = await site.file('');
    const html = new TextDecoder().decode(page?.body);
    const names = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThanOrEqual(3);
    let scriptBytes = 0;
    for (const name of names) {
      const file = await site.file(name);
      expect(file, name).toBeDefined();
      if (name.endsWith('.js')) scriptBytes += file?.gzip?.length ?? Number.NaN;
      if (file?.gzip !== undefined) expect(new Uint8Array(gunzipSync(file.gzip))).toEqual(file.body);
    }
    expect(scriptBytes).toBeGreaterThan(10_000);
    expect(scriptBytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
  });

  it('are no others', async () => {
    for (const name of ['../package.json', 'constructor', 'app.js'])
      expect(await site.file(name)).toBeUndefined();
  });
});
