import type { ModelInfo } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useLazy } from '../chain/use-lazy.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import { groupDigits } from '../text/amount.ts';
import { toHex } from '../text/hex.ts';
import { plural } from '../text/words.ts';
import { Address, Amount, Name } from '../view/bits.tsx';
import { Facts, Figure, Page, Quiet, Section, Waiting } from '../view/blocks.tsx';
import { Table } from '../view/table.tsx';
import { TaskTable } from '../view/task-table.tsx';
import { judgedBy } from './models.tsx';

const TASKS_SHOWN = 20;
const HASH_LENGTH = 70;

async function readModel(id: string): Promise<ModelInfo> {
  const model = (await client.getModels()).find((each) => each.id === id);
  if (model === undefined) throw new Error('no model of this id is registered');
  return model;
}

/** What a network is made of, from its header on chain. */
function Network({ root }: { readonly root: Uint8Array }) {
  const { data, error } = useLazy(toHex(root), async () => {
    const { readNetworkLayers } = await import('../judge/network-layers.ts');
    return readNetworkLayers(client, root);
  });
  if (data === undefined) return <Waiting error={error} />;
  return (
    <>
      <div class="figures">
        <Figure label="Form">{data.form}</Figure>
        <Figure label="Weights" note="kept by nodes under their hash">
          {groupDigits(data.weightBytes)} <span class="unit">bytes</span>
        </Figure>
        <Figure label="Layers" note={`${plural(data.layers.length, 'operator')} written in the header`}>
          {groupDigits(data.tensorCount)}
        </Figure>
        <Figure label="Holds" note="the longest text">
          {data.longestText === 0 ? (
            '–'
          ) : (
            <>
              {groupDigits(data.longestText)} <span class="unit">tokens</span>
            </>
          )}
        </Figure>
      </div>
      <Table
        caption="Operators, in the order in which they run"
        rows={data.layers}
        keyOf={({ index }) => index}
        columns={[
          { name: 'Operator', cell: ({ kind }) => <code>{kind}</code> },
          { name: 'Number', isNumber: true, cell: ({ index }) => index },
          { name: 'Reads', cell: ({ inputs }) => inputs },
          { name: 'Writes', cell: ({ output }) => <code>{output}</code> },
        ]}
      />
    </>
  );
}

/** One model: where it comes from, and what it is made of. */
export function ModelPage({ id }: { readonly id: string }) {
  const { data: model, error } = useQuery(`model ${id}`, () => readModel(id), false);
  const work = useQuery(`tasks with ${id}`, (signal) =>
    client.listTasks({ model: id, limit: TASKS_SHOWN }, { signal }),
  );
  const title = <Name text={id} />;
  if (model === undefined)
    return (
      <Page kind="Model" title={title}>
        <Waiting error={error} />
      </Page>
    );
  const tasks = work.data?.tasks ?? [];
  const isNetwork = model.check_class === 'int8-graph';
  return (
    <Page
      kind="Model"
      title={title}
      lead={
        <>
          A wrong answer: {judgedBy(model)}. A task binds root, weights and version when it is submitted;
          later changes do not touch it.
        </>
      }
    >
      <Section title="Provenance" more={<a href={paths.ask(id)}>ask it</a>}>
        <Facts
          facts={[
            ['Name', <Name text={model.name} />],
            [
              'Owner',
              model.genesis ? 'genesis: nobody can change it' : <Address bytes={model.owner} whole />,
            ],
            ['Class', `${model.check_class}${model.deterministic ? ', deterministic' : ''}`],
            ['Model root', <Name text={toHex(model.hash)} max={HASH_LENGTH} />],
            ['Weight hash', <Name text={toHex(model.weight_hash)} max={HASH_LENGTH} />],
            ['Licence root', <Name text={toHex(model.license_root)} max={HASH_LENGTH} />],
            ['Version', String(model.version)],
            ['Type', model.type === '' ? undefined : <Name text={model.type} />],
            ['Parameters', model.parameters === '' ? undefined : <Name text={model.parameters} />],
            ['Context', model.context_size === 0 ? undefined : plural(model.context_size, 'token')],
            [
              'Capabilities',
              model.capabilities.length === 0 ? undefined : (
                <span class="names">
                  {model.capabilities.map((capability) => (
                    <Name key={capability} text={capability} />
                  ))}
                </span>
              ),
            ],
            ['Deposit', <Amount value={model.deposit} />],
          ]}
        />
      </Section>
      {isNetwork ? (
        <Section title="The network, as its header on chain says">
          <Network root={model.hash} />
        </Section>
      ) : null}
      <Section title="Tasks that asked it last">
        {tasks.length === 0 ? <Quiet>None yet.</Quiet> : <TaskTable tasks={tasks} />}
      </Section>
    </Page>
  );
}
