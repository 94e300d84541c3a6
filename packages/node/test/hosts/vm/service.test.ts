import { describe, expect, it } from 'vitest';
import { newService } from '../../../src/hosts/vm/service.ts';
import { VM } from '../../../src/hosts/vm/vm.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { testGenesis } from '../../support/test-genesis.ts';

const request = (path: string, init?: RequestInit): Request =>
  new Request(`http://localhost/rpc${path}`, init);

async function jsonOf(response: Response): Promise<unknown> {
  return { status: response.status, ...((await response.json()) as object) };
}

describe('newService', () => {
  it('serves its VM from initialize until shutdown', async () => {
    const vm = new VM();
    const handle = newService(vm);
    const closed = { status: 503, code: 'not_initialized' };
    expect(await jsonOf(await handle(request('/health')))).toMatchObject(closed);
    await vm.initialize({ store: new MemoryStore(), genesis: testGenesis([]) });
    expect(await jsonOf(await handle(request('/health')))).toMatchObject({
      status: 200,
      healthy: true,
      height: 0,
    });
    const stats = await handle(request('/stats'));
    expect(await stats.json()).toMatchObject({ providers_total: vm.getStats().providers_total });
    const headers = { 'content-type': 'application/json' };
    const write = { method: 'POST', headers, body: '{"provider_id":"p"}' };
    expect(await jsonOf(await handle(request('/rewards/claim', write)))).toMatchObject({ code: 'unsigned' });
    expect(await jsonOf(await handle(request('/nothing')))).toMatchObject({ status: 404, code: 'not_found' });
    await vm.shutdown();
    expect(await jsonOf(await handle(request('/health')))).toMatchObject(closed);
  });
});
