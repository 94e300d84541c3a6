import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useChain } from '../chain/use-chain.ts';
import { paths } from '../route/paths.ts';
import type { Place } from '../route/router.ts';
import { safeText } from '../text/safe-text.ts';
import { findPage } from './find.ts';
import { applyScheme, nextScheme, readScheme } from './scheme.ts';

const LINKS: readonly (readonly [part: string, name: string, href: string])[] = [
  ['', 'Overview', paths.overview()],
  ['tasks', 'Tasks', paths.tasks()],
  ['providers', 'Providers', paths.providers()],
  ['disputes', 'Disputes', paths.disputes()],
  ['models', 'Models', paths.models()],
  ['epochs', 'Epochs', paths.epochs()],
  ['blocks', 'Blocks', paths.blocks()],
  ['verify', 'Verify', paths.verify()],
  ['ask', 'Ask', paths.ask()],
];

function Search() {
  const [text, setText] = useState('');
  const [trouble, setTrouble] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof Element && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);
  const find = async (event: Pick<Event, 'preventDefault'>): Promise<void> => {
    event.preventDefault();
    setTrouble('');
    const href = await findPage(text);
    if (href === undefined) {
      setTrouble(`nothing is called “${safeText(text.trim(), 40).text}”`);
      return;
    }
    setText('');
    field.current?.blur();
    location.hash = href;
  };
  return (
    <search>
      <form class="search" onSubmit={(event) => void find(event)}>
        <input
          ref={field}
          type="search"
          aria-label="Find a task, a provider, an account, a block or a hash"
          placeholder="Task, provider, address, block, hash"
          spellcheck={false}
          autocomplete="off"
          maxLength={256}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <kbd title="Press / to search">/</kbd>
      </form>
      <p class="search-trouble" role="status">
        {trouble}
      </p>
    </search>
  );
}

function SchemeSwitch() {
  const [scheme, setScheme] = useState(readScheme);
  const change = (): void => {
    const next = nextScheme(scheme);
    applyScheme(next);
    setScheme(next);
  };
  return (
    <button type="button" class="scheme" onClick={change} title="Light, dark, or as the system is">
      <span class={`scheme-sign ${scheme}`} aria-hidden="true" />
      {scheme}
    </button>
  );
}

function Pulse() {
  const { connection, head, config } = useChain();
  const words = connection === 'live' ? 'live' : connection === 'lost' ? 'no node' : 'connecting';
  return (
    <p class={`pulse ${connection}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words}
      {config === undefined ? null : <span class="quiet num"> · chain {String(config.chain_id)}</span>}
      {head === undefined ? null : <span class="quiet num"> · #{head.height}</span>}
    </p>
  );
}

/** What is around every page. */
export function Shell({ place, children }: { readonly place: Place; readonly children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const here = place.parts[0] ?? '';
  const address = place.parts.join('/');
  useEffect(() => {
    scrollTo({ top: 0 });
  }, [address]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <header class="bar">
        <a class="mark" href={paths.overview()}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M6 25 16 6l10 19" />
            <circle cx="16" cy="20.5" r="2.6" />
          </svg>
          AIVM
        </a>
        <nav class="links" aria-label="Pages">
          {LINKS.map(([part, name, href]) => (
            <a key={part} href={href} aria-current={part === here ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <Search />
      </header>
      <main ref={main} tabIndex={-1}>
        {children}
      </main>
      <footer class="foot">
        <Pulse />
        <SchemeSwitch />
      </footer>
    </>
  );
}
