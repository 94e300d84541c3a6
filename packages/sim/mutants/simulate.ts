import { runSimulation } from '@aivm/sim';

/** What a process that plays one run is asked for. */
export interface RunRequest {
  readonly scenario: string;
  readonly seed: number;
  /** Checkers that look; all where left out. */
  readonly checkers?: readonly string[];
  readonly executesEverywhere?: boolean;
}

/** What it answers, as one line of JSON. */
export interface RunAnswer {
  readonly checker: string;
  readonly detail: string;
  readonly height: number;
}

const [request] = process.argv.slice(2);
const { seed, scenario, ...options } = JSON.parse(request ?? '') as RunRequest;
const { failure, blocks } = await runSimulation(seed, scenario, options);
const answer: RunAnswer = failure ?? { checker: '', detail: '', height: blocks };
process.stdout.write(`${JSON.stringify(answer)}\n`);
