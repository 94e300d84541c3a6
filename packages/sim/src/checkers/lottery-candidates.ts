import { bytesToHex } from '@aivm/core/bytes';
import {
  CheckClass,
  type Operator,
  PanelKind,
  type ProviderRecord,
  ProviderStatus,
  readModel,
  readOperator,
  readProvider,
  readServedCount,
  readServedMember,
  type TaskRecord,
} from '@aivm/core/state';
import type { CheckContext, ObservedBlock } from './checker.ts';

/** What the records before and after a block leave open about the draw between the two. */
export type Certainty = 'yes' | 'no' | 'perhaps';

/** More than a block takes of a reputation in passing. */
const REPUTATION_MARGIN = 1_000;

/** A model's members in the order of its lists: those that name it, then those that serve all, where these serve it. */
export function membersOf(mirror: CheckContext['mirror'], task: TaskRecord): readonly string[] {
  const model = readModel(mirror, task.model);
  const isServedByAll = model?.genesis === true || model?.checkClass === CheckClass.int8Kernel;
  return [task.model, ...(isServedByAll ? [''] : [])].flatMap((list) =>
    Array.from({ length: readServedCount(mirror, list) }, (_, i) => readServedMember(mirror, list, i)),
  );
}

/** Who can be seated, by the rules alone: how busy somebody is, and what it has reserved, is not among them. */
export class Candidates {
  readonly #context: CheckContext;
  readonly #providers = new Map<string, ProviderRecord>();
  readonly #operators = new Map<string, Operator>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** Takes notice of how records were before a block. */
  begin({ changes }: ObservedBlock): void {
    this.#providers.clear();
    this.#operators.clear();
    for (const { before } of changes.provider)
      if (before !== undefined) this.#providers.set(before.id, before);
    for (const { hex, before } of changes.operator)
      if (before !== undefined) this.#operators.set(hex.slice(2), before);
  }

  isSeatable(id: string, kind: PanelKind): Certainty {
    const { mirror, genesis } = this.#context;
    const provider = readProvider(mirror, id);
    if (provider === undefined || genesis.config.requireTEEAttestation) return 'perhaps';
    const operator = readOperator(mirror, provider.operator);
    const of = [
      this.#ofProvider(this.#providers.get(id) ?? provider, kind),
      this.#ofProvider(provider, kind),
      this.#ofOperator(this.#operators.get(bytesToHex(provider.operator)) ?? operator),
      this.#ofOperator(operator),
    ];
    if (of.every((one) => one === 'yes')) return 'yes';
    return of[0] === 'no' && of[1] === 'no' ? 'no' : 'perhaps';
  }

  #ofProvider({ status, bond }: ProviderRecord, kind: PanelKind): Certainty {
    if (4n * bond < this.#context.genesis.config.minProviderBond) return 'no';
    if (status === ProviderStatus.active) return 'yes';
    // Who leaves goes on judging for a while.
    return status === ProviderStatus.unbonding && kind === PanelKind.committee ? 'perhaps' : 'no';
  }

  #ofOperator({ convicted, reputation }: Operator): Certainty {
    const { minReputation } = this.#context.genesis.params;
    return !convicted && reputation >= minReputation + REPUTATION_MARGIN ? 'yes' : 'perhaps';
  }
}
