import type { StoryStep } from '../text/task-story.ts';
import { Amount, Height, ProviderLink } from './bits.tsx';

/** The changes of a task, oldest first: what, by which rule, and the money that moved. */
export const Story = ({ steps }: { readonly steps: readonly StoryStep[] }) => (
  <ol class="story">
    {steps.map(({ key, height, what, provider, rule, movements, isBad }) => (
      <li key={key} class={isBad ? 'bad' : ''}>
        <div class="story-place">
          <Height at={height} />
        </div>
        <div class="story-what">
          <strong>{what}</strong>
          {provider === '' ? null : (
            <>
              {' '}
              <ProviderLink id={provider} />
            </>
          )}
          {rule === '' ? null : <p>{rule}</p>}
        </div>
        <ul class="story-money">
          {movements.map(({ label, amount }) => (
            <li key={label}>
              <Amount value={amount} />
              <span class="quiet">{label}</span>
            </li>
          ))}
        </ul>
      </li>
    ))}
  </ol>
);
