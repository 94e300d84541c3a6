import { requireProvider } from '../../state/read.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { dropBlob } from './held-blobs.ts';
import { leaveServedList } from './served-lists.ts';

/** Takes a provider out of every list it is in: a few small writes for each, whatever the other members' records hold. */
export function leaveServedLists(context: BlockContext, providerId: string): void {
  let provider = requireProvider(context.state, providerId);
  for (const model of provider.serves) leaveServedList(context, model, providerId);
  for (const holding of provider.holds) provider = dropBlob(context, provider, holding);
  writeProvider(context, { ...provider, serves: [] });
}
