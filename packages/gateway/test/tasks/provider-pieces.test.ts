import { describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../src/tasks/provider-pieces.ts';

const LOCAL_NODE = 'http://127.0.0.1:9650';
const FAR_NODE = 'https://192.0.2.1';

describe('a provider address', () => {
  it.each([
    ['http://8.8.8.8:9660/streams/t', FAR_NODE, true],
    ['http://[2001:4860::1]/streams/t', FAR_NODE, true],
    ['http://127.0.0.1:9660/', LOCAL_NODE, true],
    ['http://127.0.0.1:9660/', FAR_NODE, false],
    ['http://[::1]/', FAR_NODE, false],
    ['http://10.1.2.3/', LOCAL_NODE, false],
    ['http://169.254.169.254/latest/meta-data', LOCAL_NODE, false],
    ['http://[::ffff:169.254.169.254]/', LOCAL_NODE, false],
    ['http://[::ffff:10.0.0.1]/', FAR_NODE, false],
    ['http://2130706433/', FAR_NODE, false],
    ['http://0.0.0.0/', FAR_NODE, false],
    ['http://[fd00::1]/', FAR_NODE, false],
    ['http://no-such-host.invalid/', FAR_NODE, false],
  ] as const)('%s over a node at %s is asked: %s', async (url, node, isAsked) => {
    expect(await createAddressGuard('public', node)(new URL(url))).toBe(isAsked);
  });

  it('is asked always or never where the gateway is told so', async () => {
    const url = new URL('http://10.1.2.3/');
    expect(await createAddressGuard('any', FAR_NODE)(url)).toBe(true);
    expect(await createAddressGuard('none', FAR_NODE)(new URL('http://8.8.8.8/'))).toBe(false);
  });
});
