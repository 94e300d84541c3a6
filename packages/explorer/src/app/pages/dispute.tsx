import type { Dispute } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useLazy } from '../chain/use-lazy.ts';
import { useQuery } from '../chain/use-query.ts';
import { shortHex, toHex } from '../text/hex.ts';
import { plural } from '../text/words.ts';
import {
  Address,
  Amount,
  Hash,
  Height,
  ModelLink,
  Name,
  ProviderLink,
  StateBadge,
  TaskLink,
} from '../view/bits.tsx';
import { Facts, Page, Quiet, Section, Waiting } from '../view/blocks.tsx';
import { EventList } from '../view/event-line.tsx';
import { GameView } from '../view/game.tsx';
import { KernelView } from '../view/kernel.tsx';
import { JUDGES } from './disputes.tsx';

function leadOf({ verdict, claim_right: claimRight }: Dispute): string {
  if (verdict === 'open') return 'is being judged';
  if (verdict === 'upheld')
    return `the answer was wrong${claimRight === false ? ', and so was the challenger’s own' : ', and the challenger’s own is right'}`;
  if (verdict === 'rejected') return 'the answer stands, and the challenger lost its stake';
  return 'nobody was found wrong';
}

function Game({ dispute }: { readonly dispute: Dispute }) {
  const key = `${toHex(dispute.id)} ${dispute.moves.length}`;
  const { data, error } = useLazy(key, async () => {
    const { replayDispute } = await import('../judge/replay-dispute.ts');
    return replayDispute(client, dispute);
  });
  if (data === undefined) return <Waiting error={error} />;
  if (data.steps.length === 0) return <Quiet>No move yet.</Quiet>;
  return <GameView replay={data} />;
}

function Kernel({ dispute }: { readonly dispute: Dispute }) {
  const { data, error } = useLazy(toHex(dispute.id), async () => {
    const { recomputeKernel } = await import('../judge/recompute-kernel.ts');
    return recomputeKernel(client, dispute);
  });
  return data === undefined ? <Waiting error={error} /> : <KernelView recompute={data} />;
}

const Judge = ({ dispute }: { readonly dispute: Dispute }) => {
  if (dispute.judge === 'game')
    return (
      <Section title="The game, played again in this browser">
        <Game dispute={dispute} />
      </Section>
    );
  if (dispute.judge === 'kernel')
    return (
      <Section title="The answer, computed again in this browser">
        <Kernel dispute={dispute} />
      </Section>
    );
  return null;
};

/** One dispute, replayed. */
export function DisputePage({ id }: { readonly id: string }) {
  const { data: dispute, error } = useQuery(
    `dispute ${id}`,
    (signal) => client.getDispute(id, { signal }),
    ({ verdict }) => verdict === 'open',
  );
  const title = <Name text={shortHex(id, 12, 8)} />;
  if (dispute === undefined)
    return (
      <Page kind="Dispute" title={title}>
        <Waiting error={error} />
      </Page>
    );
  const { settled_at_height: settled } = dispute;
  return (
    <Page
      kind="Dispute over the answer to"
      title={<TaskLink id={dispute.task_id} />}
      lead={
        <>
          <StateBadge name={dispute.verdict} /> {leadOf(dispute)}.
        </>
      }
    >
      <Facts
        facts={[
          ['Provider', <ProviderLink id={dispute.provider} />],
          ['Challenger', <Address bytes={dispute.challenger} />],
          ['Stake', <Amount value={dispute.bond} />],
          ['Model', <ModelLink id={dispute.model} />],
          ['Judged by', JUDGES[dispute.judge]],
          ['Opened', <Height at={dispute.opened_at_height} />],
          [
            'Settled',
            settled === undefined ? undefined : (
              <>
                <Height at={settled} />
                {settled === dispute.opened_at_height
                  ? ', in the same block'
                  : `, after ${plural(settled - dispute.opened_at_height, 'block')}`}
              </>
            ),
          ],
          ['Posted', <Hash bytes={dispute.posted_hash} />],
          ['Claimed', <Hash bytes={dispute.claimed_hash} />],
        ]}
      />
      <Judge dispute={dispute} />
      <Section title="What happened">
        {dispute.moves.length === 0 ? <Quiet>Nothing yet.</Quiet> : <EventList events={dispute.moves} />}
      </Section>
    </Page>
  );
}
