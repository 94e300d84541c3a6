import { AivmError } from '@aivm/core/errors';
import { createMemoryJournal, type Sender } from '@aivm/sdk';
import { identityOf } from '../../world/identity.ts';
import type { Machine } from '../../world/machine.ts';
import type { Actor, Stage } from '../actor.ts';
import { type RequesterOptions, taskOf } from '../requester.ts';
import { bootProgram, type ProgramOptions } from './program.ts';

/** How long one send may try; what is left undecided is recovered at the next boot. */
const TIMEOUT_MS = 40_000;

export interface ShippedRequesterOptions extends RequesterOptions, Pick<ProgramOptions, 'between'> {
  /** Chance in a thousand, each round, that its machine loses power and boots again at once. */
  readonly crashPerMille?: number;
}

/** Buys computation through the sdk's sender, whose journal is on the machine's disk. */
export function shippedRequester(options: ShippedRequesterOptions): Actor {
  const me = identityOf(`requester/${options.name}`);
  const journal = createMemoryJournal();
  const { between } = options;
  let stage: Stage | undefined;
  let machine: Machine | undefined;
  let sender: Sender | undefined;
  let made = 0;
  const note = (deed: string) => (): void => stage?.note(deed);
  const failed = (error: unknown): void => {
    if (!(error instanceof AivmError)) stage?.ended(options.name, String(error));
    else stage?.note('outcome' in error ? `${error.outcome}` : 'failed');
  };
  const start = (): void => {
    if (stage === undefined || machine === undefined) return;
    sender = bootProgram(stage, machine, me, {
      journal,
      ...(between === undefined ? {} : { between }),
    }).sender;
    sender.recover({ timeoutMs: TIMEOUT_MS }).then((all) => {
      if (all.length > 0) stage?.note('recovered');
    }, failed);
  };
  return {
    kind: 'shipped-requester',
    isHonest: true,
    identities: [me],
    boot(given) {
      stage = given;
      machine = given.machine(options.name);
      start();
    },
    act(view) {
      if (view.isDraining || sender === undefined) return;
      if (view.random.chance(options.crashPerMille ?? 0)) {
        view.note('crash');
        start();
      }
      if (view.random.below(100) >= options.per100Rounds) return;
      // The name of the task is the key: however often it is sent, it is bought once.
      const id = `${options.name}.${made++}`;
      sender
        .send(taskOf(view, id, options), { timeoutMs: TIMEOUT_MS, idempotencyKey: id })
        .then(note('submit'), failed);
    },
  };
}
