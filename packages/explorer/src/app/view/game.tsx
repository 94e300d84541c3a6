import type { GameStep } from '@aivm/sdk';
import type { DisputeReplay } from '../judge/replay-dispute.ts';
import { plural } from '../text/words.ts';
import { Height } from './bits.tsx';
import { ElementCard } from './element.tsx';
import { Funnel } from './funnel.tsx';

const MOVES: Readonly<Record<GameStep['move'], string>> = {
  commit: 'The provider commits to the trace of its answer',
  point: 'The challenger points at what differs',
  reveal: 'The provider shows what is below',
  witness: 'The challenger opens one element and all that it reads',
  join: 'A member of the panel takes the trace for its own',
};

const kindsOf = ([first, last]: GameStep['operators']): string =>
  first === last ? first : `${first} … ${last}`;

const Step = ({ step, number }: { readonly step: GameStep; readonly number: number }) => {
  const { firstLeaf, lastLeaf, leafCount } = step;
  const count = lastLeaf - firstLeaf + 1;
  return (
    <li class="move">
      <div>
        <strong>
          {number}. {MOVES[step.move]}
        </strong>
        <p class="quiet">
          {count === leafCount
            ? `all ${plural(leafCount, 'leaf', 'leaves')} of the trace`
            : count === 1
              ? `leaf ${firstLeaf.toLocaleString('en')} of ${leafCount.toLocaleString('en')}`
              : `leaves ${firstLeaf.toLocaleString('en')}…${lastLeaf.toLocaleString('en')} of ${leafCount.toLocaleString('en')}`}
          , written by <code>{kindsOf(step.operators)}</code>
        </p>
      </div>
      <Height at={step.height} />
    </li>
  );
};

/** A game: the range in dispute shrinks with every move, down to one element, which this browser computes. */
export const GameView = ({ replay }: { readonly replay: DisputeReplay }) => (
  <div class="game">
    <p class="quiet">
      The answer left a trace of {plural(replay.traceBytes, 'byte')}, over{' '}
      {plural(replay.weightBytes, 'byte')} of weights. Each move was checked here as the chain checks it.
    </p>
    <div class="game-play">
      <Funnel steps={replay.steps} />
      <ol class="moves">
        {replay.steps.map((step, i) => (
          <Step key={i} step={step} number={i + 1} />
        ))}
      </ol>
    </div>
    {replay.element === undefined ? null : <ElementCard element={replay.element} />}
  </div>
);
