import { render } from 'preact';
import { chain } from './chain/use-chain.ts';
import { pageOf } from './pages/page-of.tsx';
import { usePlace } from './route/router.ts';
import { applyScheme, readScheme } from './shell/scheme.ts';
import { Shell } from './shell/shell.tsx';

function App() {
  const place = usePlace();
  return <Shell place={place}>{pageOf(place)}</Shell>;
}

applyScheme(readScheme());
render(<App />, document.getElementById('app') as HTMLElement);
void chain.follow();
