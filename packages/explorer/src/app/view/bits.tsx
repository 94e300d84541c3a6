import { addressToText } from '@aivm/core/crypto';
import type { ComponentChildren } from 'preact';
import { useChain } from '../chain/use-chain.ts';
import { paths } from '../route/paths.ts';
import { showAmount } from '../text/amount.ts';
import { shortHex, toHex } from '../text/hex.ts';
import { safeText } from '../text/safe-text.ts';
import { clockOf, distanceOf } from '../text/words.ts';

const NAME_LENGTH_MAX = 64;
const ZERO_ADDRESS = `0x${'0'.repeat(40)}`;

/** Text of others on one line. */
export function Name({ text, max = NAME_LENGTH_MAX }: { readonly text: string; readonly max?: number }) {
  const shown = safeText(text, max);
  return <bdi class="name">{shown.cut > 0 ? `${shown.text}…` : shown.text}</bdi>;
}

/** An amount, with the exact one where the pointer rests. */
export function Amount({ value, sign = '' }: { readonly value: bigint; readonly sign?: string }) {
  const { number, unit, exact, isRounded } = showAmount(value);
  return (
    <span class="amount" title={exact}>
      {sign}
      {isRounded ? '≈ ' : ''}
      {number} <span class="unit">{unit}</span>
    </span>
  );
}

/** A height as a link to its block, with its distance from the head. */
export function Height({ at, bare = false }: { readonly at: number; readonly bare?: boolean }) {
  const { head } = useChain();
  const distance = head === undefined || bare ? undefined : distanceOf(at, head.height);
  const isAhead = head !== undefined && at > head.height;
  return (
    <span class="height">
      {isAhead ? <span class="num">#{at}</span> : <a class="num" href={paths.block(at)}>{`#${at}`}</a>}
      {distance === undefined ? null : <span class="ago"> {distance}</span>}
    </span>
  );
}

/** A time of the chain. */
export const Clock = ({ at }: { readonly at: string }) => (
  <time class="num" dateTime={at}>
    {clockOf(at)}
  </time>
);

/** A hash, shortened; all of it where the pointer rests. */
export function Hash({ bytes, href }: { readonly bytes: Uint8Array; readonly href?: string | undefined }) {
  const hex = toHex(bytes);
  const text = shortHex(hex);
  return href === undefined ? (
    <code class="hash" title={hex}>
      {text}
    </code>
  ) : (
    <a class="hash" href={href} title={hex}>
      {text}
    </a>
  );
}

/** An account. */
export function Address({ bytes, whole = false }: { readonly bytes: Uint8Array; readonly whole?: boolean }) {
  const text = addressToText(bytes);
  if (text === ZERO_ADDRESS) return <span class="quiet">nobody</span>;
  return (
    <a class="hash" href={paths.account(text)} title={text}>
      {whole ? text : shortHex(text)}
    </a>
  );
}

/** A link to a task. */
export const TaskLink = ({ id }: { readonly id: string }) => (
  <a href={paths.task(id)}>
    <Name text={id} max={40} />
  </a>
);

/** A link to a provider; a dash where there is none. */
export const ProviderLink = ({ id }: { readonly id: string | undefined }) =>
  id === undefined || id === '' ? (
    <span class="quiet">–</span>
  ) : (
    <a href={paths.provider(id)}>
      <Name text={id} max={32} />
    </a>
  );

/** A link to a model. */
export const ModelLink = ({ id }: { readonly id: string }) => (
  <a href={paths.model(id)}>
    <Name text={id} max={32} />
  </a>
);

/** What a state is like: `good` is done, `busy` goes on, `bad` went wrong, `calm` says nothing. */
export type Tone = 'good' | 'busy' | 'bad' | 'calm';

/** A state in one word. */
export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
);

const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  final: 'good',
  active: 'good',
  upheld: 'bad',
  failed: 'bad',
  void: 'bad',
  slashed: 'bad',
  disputed: 'bad',
  pending: 'calm',
  withdrawn: 'calm',
  rejected: 'calm',
  undecided: 'calm',
};

/** A state of the chain under its own name. */
export const StateBadge = ({ name }: { readonly name: string }) => (
  <Badge tone={TONES[name] ?? 'busy'}>{name}</Badge>
);
