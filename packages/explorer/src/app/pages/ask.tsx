import type { ModelFacts } from '@aivm/sdk';
import { useMemo, useState } from 'preact/hooks';
import { client, NODE_URL } from '../chain/client.ts';
import { useChain } from '../chain/use-chain.ts';
import { useLazy } from '../chain/use-lazy.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import type { Place } from '../route/router.ts';
import type { SignerChoice } from '../sign/ask-chain.ts';
import { safeText } from '../text/safe-text.ts';
import { Amount, Name } from '../view/bits.tsx';
import { Page, Quiet, Trouble, Waiting } from '../view/blocks.tsx';

type AskModule = typeof import('../sign/ask-chain.ts');

interface Parts {
  readonly module: AskModule;
  readonly choices: readonly SignerChoice[];
}

async function loadParts(isDevelopment: boolean): Promise<Parts> {
  const module = await import('../sign/ask-chain.ts');
  const wallet = module.injectedWallet();
  const injected =
    wallet === undefined ? [] : [{ id: 'wallet', name: 'your browser’s wallet', account: wallet }];
  return { module, choices: [...(isDevelopment ? module.developmentChoices() : []), ...injected] };
}

/** What a task of this model costs, and what its input looks like. */
function Hint({
  module,
  facts,
  input,
}: {
  readonly module: AskModule;
  readonly facts: ModelFacts;
  readonly input: string;
}) {
  const quote = useLazy(`${facts.info.id} ${input}`, async () => {
    return module.connectToRead(NODE_URL).quote(facts.info.id, module.inputOf(input, facts));
  });
  return (
    <p class="quiet" aria-live="polite">
      {module.hintOf(facts)}{' '}
      {input === '' ? null : quote.error !== undefined ? (
        <span class="wrong-input">{safeText(quote.error.message, 200).text}</span>
      ) : quote.data === undefined ? null : (
        <>
          It pays <Amount value={quote.data.fee} />, and the admission on top.
        </>
      )}
    </p>
  );
}

function Form({
  parts,
  models,
  first,
}: {
  readonly parts: Parts;
  readonly models: readonly string[];
  readonly first: string;
}) {
  const { module, choices } = parts;
  const [model, setModel] = useState(models.includes(first) ? first : (models[0] ?? ''));
  const [input, setInput] = useState('');
  const [signer, setSigner] = useState(choices[0]?.id ?? '');
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: Error }>({ isBusy: false });
  const reader = useMemo(() => module.connectToRead(NODE_URL), [module]);
  const facts = useLazy(model, async () => reader.model(model));
  const shown = facts.data?.info.id === model ? facts.data : undefined;
  const send = async (event: Pick<Event, 'preventDefault'>): Promise<void> => {
    event.preventDefault();
    const choice = choices.find(({ id }) => id === signer);
    if (choice === undefined || shown === undefined || state.isBusy) return;
    setState({ isBusy: true });
    try {
      const { id } = await module.connectAs(NODE_URL, choice).submit(model, module.inputOf(input, shown));
      location.hash = paths.task(id);
    } catch (error) {
      setState({ isBusy: false, error: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  return (
    <form class="ask" onSubmit={(event) => void send(event)}>
      <label>
        <span>Model</span>
        <select value={model} onChange={({ currentTarget }) => setModel(currentTarget.value)}>
          {models.map((id) => (
            <option key={id} value={id}>
              {safeText(id, 64).text}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Input</span>
        <textarea
          rows={5}
          spellcheck={false}
          value={input}
          onInput={({ currentTarget }) => setInput(currentTarget.value)}
        />
      </label>
      {facts.error === undefined ? null : <Trouble error={facts.error} />}
      {shown === undefined ? null : (
        <>
          <Hint module={module} facts={shown} input={input} />
          <button type="button" class="button" onClick={() => setInput(module.sampleOf(shown))}>
            Fill in an example
          </button>
        </>
      )}
      <label>
        <span>Signed by</span>
        <select value={signer} onChange={({ currentTarget }) => setSigner(currentTarget.value)}>
          {choices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {state.error === undefined ? null : <Trouble error={state.error} />}
      <button
        type="submit"
        class="button strong"
        disabled={state.isBusy || input === '' || shown === undefined}
      >
        {state.isBusy ? 'Waiting for its block…' : 'Ask'}
      </button>
    </form>
  );
}

/** Sends a task, from a development account or a wallet of the browser. */
export function AskPage({ query }: Pick<Place, 'query'>) {
  const { config } = useChain();
  const isDevelopment = config?.params.development === true && config.signs_unsigned_writes;
  const parts = useLazy(config === undefined ? 'no' : `parts ${isDevelopment}`, async () =>
    config === undefined ? undefined : loadParts(isDevelopment),
  );
  const models = useQuery(
    'models to ask',
    (signal) => client.call('getModels', { query: {} }, { signal }),
    false,
  );
  const lead = isDevelopment
    ? 'This is a development chain: ten accounts with money are everybody’s. The task’s own page follows the answer.'
    : 'A wallet in your browser signs the task as typed data, and shows what it signs.';
  const ready = parts.data;
  const error = parts.error ?? models.error;
  return (
    <Page title="Ask a model" lead={lead}>
      {ready === undefined || models.data === undefined ? (
        <Waiting error={error} />
      ) : ready.choices.length === 0 ? (
        <Quiet>
          Nobody can sign here: this browser brings no wallet (EIP-1193), and the chain is none for
          development. The command line asks with <Name text="aivm task submit" />.
        </Quiet>
      ) : (
        <Form
          parts={ready}
          models={models.data.models.map(({ id }) => id)}
          first={query.get('model') ?? 'wdbc-int8'}
        />
      )}
    </Page>
  );
}
