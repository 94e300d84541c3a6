import type { Plugin, PluginOptions } from './hosts/plugin/plugin.ts';
import { PluginChain } from './hosts/plugin/plugin-chain.ts';
import { silentLog } from './log.ts';

export type { NodeWatchOptions, Plugin, PluginEnd, PluginOptions } from './hosts/plugin/plugin.ts';
export type { BlockView, ChainStart, PluginChain } from './hosts/plugin/plugin-chain.ts';
export type { PluginConfig } from './hosts/plugin/plugin-config.ts';

export { VMID } from './hosts/vm/version.ts';

/** The nodes that start plugins. */
export type PluginKind = 'lux' | 'avalanche';

/**
 * Serves a chain, in this process, to the node that started it; the node says which chain, and where its data are. What a
 * chain needs is loaded when the node starts one: a node waits five seconds for its plugin.
 * @throws AivmError `unreachable` when the node takes neither address nor protocol, `malformed` for its address.
 * @example const { ended } = await startPlugin('lux', { engineAddress: '127.0.0.1:40001', log }); await ended;
 */
export async function startPlugin(
  kind: PluginKind,
  options: Omit<PluginOptions, 'chain'> & { readonly engineAddress: string },
): Promise<Plugin> {
  const { log = silentLog } = options;
  const chain = new PluginChain({
    log,
    makeVM: async () => (await import('./process-vm.ts')).makeProcessVM(log),
  });
  if (kind === 'lux') {
    const { startLuxPlugin } = await import('./hosts/lux/lux-plugin.ts');
    return startLuxPlugin({ ...options, chain });
  }
  const { startAvalanchePlugin } = await import('./hosts/avalanche/avalanche-plugin.ts');
  return startAvalanchePlugin({ ...options, chain });
}
