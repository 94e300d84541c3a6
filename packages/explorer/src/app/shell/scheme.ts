/** How the page looks: as the system does, or as the reader chose. */
export type Scheme = 'auto' | 'light' | 'dark';

const KEY = 'aivm-scheme';
const NEXT: Readonly<Record<Scheme, Scheme>> = { auto: 'light', light: 'dark', dark: 'auto' };

const isScheme = (text: string | null): text is Scheme => text !== null && Object.hasOwn(NEXT, text);

/** Storage may be forbidden; the choice then lives as long as the page. */
function readStored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function readScheme(): Scheme {
  const stored = readStored();
  return isScheme(stored) ? stored : 'auto';
}

/** Makes the page look so, and remembers it. */
export function applyScheme(scheme: Scheme): void {
  document.documentElement.dataset.scheme = scheme;
  try {
    localStorage.setItem(KEY, scheme);
  } catch {
    // See readStored.
  }
}

export const nextScheme = (scheme: Scheme): Scheme => NEXT[scheme];
