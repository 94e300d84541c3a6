import { utf8ToBytes } from '../../bytes/utf8.ts';
import type { XmlElement } from './tree.ts';

const TEXT_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
};
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

const escapeText = (text: string): string =>
  text.replace(/[&<>\r]/g, (found) => TEXT_ESCAPES[found] ?? found);
const escapeAttribute = (text: string): string =>
  text.replace(/[&<"\t\n\r]/g, (found) => ATTRIBUTE_ESCAPES[found] ?? found);

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

type Namespaces = ReadonlyMap<string, string>;
type Scope = Map<string, string>;

/** Declares in `scope` what is new there, and writes it. @returns what undoes it */
function declare(
  toDeclare: Namespaces,
  scope: Scope,
  parts: string[],
): readonly [string, string | undefined][] {
  const replaced: [string, string | undefined][] = [];
  for (const [prefix, uri] of [...toDeclare].sort(([left], [right]) => order(left, right))) {
    const before = scope.get(prefix);
    if ((before ?? '') === uri) continue;
    replaced.push([prefix, before]);
    scope.set(prefix, uri);
    parts.push(prefix === '' ? ' xmlns="' : ` xmlns:${prefix}="`, escapeAttribute(uri), '"');
  }
  return replaced;
}

/** One scope for the whole walk, put back on leaving: a copy an element would make elements × declarations steps. */
function write(element: XmlElement, toDeclare: Namespaces, scope: Scope, parts: string[]): void {
  parts.push('<', element.name);
  const replaced = declare(toDeclare, scope, parts);
  const attributes = [...element.attributes].sort(
    (left, right) => order(left.uri, right.uri) || order(left.local, right.local),
  );
  for (const { name, value } of attributes) parts.push(' ', name, '="', escapeAttribute(value), '"');
  parts.push('>');
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(escapeText(child));
    else write(child, child.namespaces, scope, parts);
  }
  parts.push('</', element.name, '>');
  for (const [prefix, before] of replaced) {
    if (before === undefined) scope.delete(prefix);
    else scope.set(prefix, before);
  }
}

/**
 * Canonical XML 1.1 without comments of `element` and all below it. `ancestors` are the declarations in scope above
 * it, which the canonical form of a part repeats. Documents with xml:* attributes never get here, so the rules for
 * inheriting them do not arise. Depth is bounded by the reader, and the cost is linear in the size of the document.
 */
export function canonicalizeXml(element: XmlElement, ancestors: Namespaces = new Map()): Uint8Array {
  const parts: string[] = [];
  write(element, new Map([...ancestors, ...element.namespaces]), new Map(), parts);
  return utf8ToBytes(parts.join(''));
}
