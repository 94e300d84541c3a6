import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { requireProvider } from '../../state/read.ts';
import type { Provider } from '../../state/records/provider.ts';
import type { BlockContext } from '../context/block-context.ts';

/** The provider `id`, if `sender` operates it. @throws AivmError `provider_not_found`, `forbidden`. */
export function ownProvider(context: BlockContext, sender: Uint8Array, id: string): Provider {
  const provider = requireProvider(context.state, id);
  requireThat(
    equalBytes(provider.operator, sender),
    'forbidden',
    () => `another account operates provider "${id}"`,
  );
  return provider;
}
