import type { BlockContext } from '../../packages/core/src/execute/context/block-context.ts';
import { SEATS } from './tasks.ts';
import { type Person, personAt, type WorkChain } from './work-chain.ts';
import { longId, registerServed, worstProvider } from './worst-provider.ts';

const FIRST = 40;

/** Fifteen providers of the worst kind: a whole panel. */
export const CROWD: readonly string[] = Array.from({ length: SEATS }, (_, i) => longId('crowd', i));

/** Who operates the provider at this place of the crowd. */
export const crowdMember = (i: number): Person => personAt(FIRST + i);

/** Gives a chain the models that everybody serves, and the crowd. */
export function addCrowd(chain: WorkChain): void {
  chain.prepare((context: BlockContext) => registerServed(context));
  for (const [i, id] of CROWD.entries())
    chain.prepare((context) => worstProvider(context, crowdMember(i), id));
}
