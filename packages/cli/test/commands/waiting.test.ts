import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { runCli, startCli } from '../spawn-cli.ts';

/** The address of a node that is not there yet. */
const freeAddress = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(`http://127.0.0.1:${port}`));
    });
  });

describe('a service whose node is away when it starts', { timeout: 120_000 }, () => {
  it.each([
    ['provider', ['provider', '--id', 'p-1', '--dev', '1']],
    ['watch', ['watch', '--dev', '5']],
  ])('waits for it: %s', async (_, args) => {
    const service = startCli([...args, '--node', await freeAddress()]);
    await vi.waitFor(() => expect(service.text().stderr).toMatch(/waits for the node: unreachable/), 60_000);
    service.child.kill('SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  it('does not wait where it is only to look: provider --check', async () => {
    const failed = await runCli([
      'provider',
      '--id',
      'p-1',
      '--dev',
      '1',
      '--check',
      '--node',
      await freeAddress(),
    ]);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain('error: unreachable');
  });
});
