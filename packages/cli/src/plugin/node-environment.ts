import { UsageError } from '../cli-context.ts';

/** The node that started this process as its plugin. */
export interface StartingNode {
  readonly kind: 'lux' | 'avalanche';
  /** `host:port` where it waits to be told where the plugin listens. */
  readonly engineAddress: string;
}

const AVALANCHE = 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR';
/** The newer name first. */
const LUX = ['VM_RUNTIME_ENGINE_ADDR', 'LUX_VM_RUNTIME_ENGINE_ADDR'] as const;
const TRANSPORT = 'VM_TRANSPORT';

/** Tells by the environment which node it was. @throws UsageError where it was none, or cannot be told. */
export function nodeThatStarted(env: Readonly<Record<string, string | undefined>>): StartingNode {
  const lux = LUX.map((name) => env[name]).find((address) => address !== undefined);
  const avalanche = env[AVALANCHE];
  if (lux !== undefined && avalanche !== undefined) {
    throw new UsageError(`both a Lux and an Avalanche node: ${LUX[0]} and ${AVALANCHE} are set`);
  }
  if (avalanche !== undefined) return { kind: 'avalanche', engineAddress: avalanche };
  if (lux === undefined) {
    throw new UsageError(
      `a Lux or Avalanche node starts this, and says where it is in ${LUX[0]} or ${AVALANCHE}; "aivm plugin install --plugin-dir DIR" tells it how`,
    );
  }
  const transport = env[TRANSPORT] ?? 'zap';
  if (transport !== 'zap') {
    throw new UsageError(
      `${TRANSPORT}: expected zap, got "${transport}"; this plugin speaks no other transport with Lux`,
    );
  }
  return { kind: 'lux', engineAddress: lux };
}
