import type { ElementRead, ElementView, ProductSum } from '../judge/element.ts';
import { plural } from '../text/words.ts';
import { Badge } from './bits.tsx';

const TERMS_SHOWN = 512;
const VALUES_SHOWN = 64;

const signed = (value: number): string => value.toLocaleString('en').replace('-', '−');

const Terms = ({ products }: { readonly products: ProductSum }) => {
  const { inputs, weights, zero } = products;
  const shown = inputs.slice(0, TERMS_SHOWN);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box is reached by the keyboard
    <section class="terms" tabIndex={0} aria-label="Terms of the sum">
      <table>
        <caption class="unseen">Terms of the sum</caption>
        <thead>
          <tr>
            <th scope="col" class="right">
              k
            </th>
            <th scope="col" class="right">
              input{zero === 0 ? '' : ` − ${zero}`}
            </th>
            <th scope="col" class="right">
              × weight
            </th>
            <th scope="col" class="right">
              = product
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((value, k) => (
            <tr key={k}>
              <td class="right quiet" data-label="k">
                {k}
              </td>
              <td class="right" data-label="input">
                {signed(value - zero)}
              </td>
              <td class="right" data-label="weight">
                {signed(weights[k] ?? 0)}
              </td>
              <td class="right" data-label="product">
                {signed((value - zero) * (weights[k] ?? 0))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {inputs.length > shown.length ? (
        <p class="quiet">and {plural(inputs.length - shown.length, 'more term')}</p>
      ) : null}
    </section>
  );
};

const Sum = ({ products, result }: { readonly products: ProductSum; readonly result: string }) => {
  const { sum, bias, multiplier, shift, inputs } = products;
  return (
    <ul class="sum">
      <li>
        <span class="quiet">sum of {plural(inputs.length, 'product')}</span>
        <span class="num">{signed(sum)}</span>
      </li>
      {bias === undefined ? null : (
        <li>
          <span class="quiet">+ bias</span>
          <span class="num">{signed(bias)}</span>
        </li>
      )}
      {multiplier === undefined ? null : (
        <li>
          <span class="quiet">× multiplier</span>
          <span class="num">{signed(multiplier)}</span>
        </li>
      )}
      {shift === undefined ? null : (
        <li>
          <span class="quiet">shifted right by</span>
          <span class="num">{shift} bits</span>
        </li>
      )}
      <li>
        <span class="quiet">within the bounds of the layer</span>
        <strong class="num right-value">{result.replace('-', '−')}</strong>
      </li>
    </ul>
  );
};

const Read = ({ read }: { readonly read: ElementRead }) => (
  <div class="read">
    <h3>
      From {read.source}
      <span class="quiet">
        {' '}
        {read.place}, {plural(read.values.length, 'number')}
      </span>
    </h3>
    <p class="numbers num">
      {read.values.slice(0, VALUES_SHOWN).join('  ')}
      {read.values.length > VALUES_SHOWN ? ' …' : ''}
    </p>
  </div>
);

/** The element that decided a game, with what it is made of. */
export const ElementCard = ({ element }: { readonly element: ElementView }) => {
  const { operator, indices, dims, type, tensor, products, committed, right, isRight } = element;
  return (
    <section class="element" aria-label="The element that decided">
      <div class="element-head">
        <div>
          <p class="kind">The element that decided</p>
          <p>
            <code>
              {operator} [{indices.join('][')}]
            </code>{' '}
            <span class="quiet">
              of tensor {tensor}, {type} [{dims.join('][')}]
            </span>
          </p>
        </div>
        <div class="element-values">
          <div>
            <div class="figure-label">committed</div>
            <div class={`figure-number num ${isRight ? '' : 'wrong'}`}>{committed.replace('-', '−')}</div>
          </div>
          <div>
            <div class="figure-label">computed here</div>
            <div class="figure-number num right-value">{right.replace('-', '−')}</div>
          </div>
          <Badge tone={isRight ? 'good' : 'bad'}>
            {isRight ? 'the provider is right' : 'the provider is wrong'}
          </Badge>
        </div>
      </div>
      {products === undefined ? null : (
        <div class="working">
          <Terms products={products} />
          <Sum products={products} result={right} />
        </div>
      )}
      <details open={products === undefined}>
        <summary>All that it reads</summary>
        {element.reads.map((read) => (
          <Read key={`${read.source} ${read.place}`} read={read} />
        ))}
      </details>
    </section>
  );
};
