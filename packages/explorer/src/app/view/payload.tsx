import { type Payload, showPayload } from '../text/payload-text.ts';
import { safeText } from '../text/safe-text.ts';
import { plural } from '../text/words.ts';

/** What a line break, and a tab, may stay of text that is shown in lines. */
const byLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => safeText(line.replaceAll('\t', '  ').replaceAll('\r', ''), line.length + 1).text)
    .join('\n');

/** Bytes of a stranger, bounded. */
export function PayloadView({
  name,
  payload,
  isNetwork,
}: {
  readonly name: string;
  readonly payload: Payload;
  readonly isNetwork: boolean;
}) {
  const { form, text, cut } = showPayload(payload, isNetwork);
  const size = plural(payload.bytes.length, 'byte');
  return (
    <figure class="payload">
      <figcaption>
        <strong>{name}</strong>
        <span class="quiet num">
          {form === 'nothing' ? 'empty' : `${form}, ${size}`}
          {cut === undefined ? '' : `; ${cut}`}
        </span>
      </figcaption>
      {form === 'nothing' ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box is reached by the keyboard
        <pre class={form === 'text' ? 'prose' : 'data'} tabIndex={0} dir="auto">
          {byLines(text)}
          {cut === undefined ? '' : '…'}
        </pre>
      )}
    </figure>
  );
}
