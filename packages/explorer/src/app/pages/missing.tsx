import { paths } from '../route/paths.ts';
import { Page, Quiet } from '../view/blocks.tsx';

/** An address that names nothing. */
export const MissingPage = () => (
  <Page title="Nothing here">
    <Quiet>
      This address names no page. <a href={paths.overview()}>Begin at the overview</a>, or search for a task,
      a provider, an account, a block or a hash.
    </Quiet>
  </Page>
);
