import type { ComponentChildren } from 'preact';
import { safeText } from '../text/safe-text.ts';

const ERROR_LENGTH_MAX = 400;

/** A page's title, what it says in one sentence, and its contents. */
export function Page({
  title,
  kind,
  lead,
  children,
}: {
  readonly title: ComponentChildren;
  /** What the title names, above it. */
  readonly kind?: string | undefined;
  readonly lead?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <article>
      <header class="page-head">
        {kind === undefined ? null : <p class="kind">{kind}</p>}
        <h1>{title}</h1>
        {lead === undefined ? null : <p class="lead">{lead}</p>}
      </header>
      {children}
    </article>
  );
}

/** A part of a page. */
export function Section({
  title,
  more,
  children,
}: {
  readonly title: string;
  /** Beside the title: a link, or a count. */
  readonly more?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section>
      <div class="section-head">
        <h2>{title}</h2>
        {more === undefined ? null : <div class="more">{more}</div>}
      </div>
      {children}
    </section>
  );
}

/** Says why there is nothing to see. */
export const Quiet = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="nothing">{children}</p>
);

/** What went wrong. */
export function Trouble({ error }: { readonly error: Error }) {
  return (
    <p class="trouble" role="alert">
      {safeText(error.message, ERROR_LENGTH_MAX).text}
    </p>
  );
}

/** What stands in for contents that are read for the first time, or what went wrong with them. */
export function Waiting({ error }: { readonly error: Error | undefined }) {
  if (error !== undefined) return <Trouble error={error} />;
  return (
    <p class="nothing" aria-busy="true">
      reading…
    </p>
  );
}

/** One fact: its name and its value. Left out where there is no value. */
export type Fact = readonly [name: string, value: ComponentChildren | undefined];

/** Facts in two columns. */
export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);

/** One number that is large on the page. */
export const Figure = ({
  label,
  note,
  children,
}: {
  readonly label: string;
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
}) => (
  <div class="figure">
    <div class="figure-label">{label}</div>
    <div class="figure-number num">{children}</div>
    {note === undefined ? null : <div class="figure-note">{note}</div>}
  </div>
);
