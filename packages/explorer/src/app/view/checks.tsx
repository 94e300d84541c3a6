import type { ComponentChildren } from 'preact';

/** One thing that was checked; `undefined`: not yet. */
export interface Check {
  readonly isGood: boolean | undefined;
  readonly what: ComponentChildren;
}

/** What was checked, each with its outcome. */
export const Checks = ({ checks }: { readonly checks: readonly Check[] }) => (
  <ul class="checks">
    {checks.map(({ isGood, what }, i) => (
      <li key={String(i)} class={isGood === undefined ? 'open' : isGood ? 'good' : 'bad'}>
        <span class="check-sign" aria-hidden="true">
          {isGood === undefined ? '…' : isGood ? '✓' : '✗'}
        </span>
        <span>
          <span class="unseen">{isGood === undefined ? 'open: ' : isGood ? 'holds: ' : 'fails: '}</span>
          {what}
        </span>
      </li>
    ))}
  </ul>
);
