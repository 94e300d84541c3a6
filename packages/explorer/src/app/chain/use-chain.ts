import { useEffect, useState } from 'preact/hooks';
import { client } from './client.ts';
import { type ChainState, LiveChain } from './live-chain.ts';

/** The chain that the page follows. */
export const chain = new LiveChain(client);

/** What is known of the chain; the component is drawn again when it changes. */
export function useChain(): ChainState {
  const [state, setState] = useState(chain.state);
  useEffect(() => {
    setState(chain.state);
    return chain.subscribe(() => setState(chain.state));
  }, []);
  return state;
}
