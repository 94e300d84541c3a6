import { ProviderActor } from './provider-kit.ts';

/** Takes seats and tasks and never answers any: it costs others their time, and itself a part and reputation each time. */
export const neverCommitting = (id: string): ProviderActor =>
  new ProviderActor({
    kind: 'never-committing',
    isHonest: false,
    id,
    habits: {
      answer: (view, task, right) => (task.n > 0 ? right : silence(view)),
      commitment: () => undefined,
    },
  });

function silence(view: { note(deed: string): void }): undefined {
  view.note('silent');
  return undefined;
}
