import { concatBytes, hexToBytes } from '@aivm/core/bytes';
import { der, ia5, integer, oid, time } from '@aivm/test-authority';
import type { Random } from '../random.ts';

interface Node {
  readonly tag: number;
  /** Members of a constructed value, else the content. */
  readonly content: readonly Node[] | Uint8Array;
}

function readAt(
  bytes: Uint8Array,
  offset: number,
): { readonly node: Node; readonly end: number } | undefined {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  let size = first < 0x80 ? first : 0;
  for (let i = 0; i < octets; i++) size = size * 256 + (bytes[offset + 2 + i] ?? 0);
  const start = offset + 2 + octets;
  const end = start + size;
  if (end > bytes.length) return undefined;
  const content = bytes.subarray(start, end);
  return { node: { tag, content: (tag & 0x20) === 0 ? content : (readAll(content) ?? content) }, end };
}

function readAll(bytes: Uint8Array): readonly Node[] | undefined {
  const nodes: Node[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const read = readAt(bytes, offset);
    if (read === undefined) return undefined;
    nodes.push(read.node);
    offset = read.end;
  }
  return nodes;
}

const write = ({ tag, content }: Node): Uint8Array =>
  der(tag, content instanceof Uint8Array ? content : concatBytes(...content.map(write)));

const ALGORITHMS = [
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.10045.4.1',
  '1.2.840.113549.1.1.5',
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.10045.3.1.7',
  '1.3.132.0.34',
  '1.3.132.0.10',
  '1.3.101.112',
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.5.29.19',
  '2.5.29.28',
];
const FAR = 4_000_000_000;
const HUGE_LENGTHS = ['80', '8401000000', '84ffffffff', '88ffffffffffffffff', 'ff'].map((hex) =>
  hexToBytes(hex),
);

/** What may stand in the place of a value. */
function replacement(node: Node, random: Random): readonly Uint8Array[] {
  const encoded = write(node);
  const [tag = 0, ...rest] = encoded;
  const others: readonly (() => readonly Uint8Array[])[] = [
    () => [],
    () => [encoded, encoded],
    () => [Uint8Array.of(random.below(256), ...rest)],
    () => [concatBytes(Uint8Array.of(tag), random.pick(HUGE_LENGTHS), Uint8Array.from(rest))],
    () => [integer(random.pick([0, 1, 2, 255, 65_537, 2 ** 31]))],
    () => [ia5('Milan-B0')],
    () => [der(tag, random.bytes(random.below(20)))],
    () => [der(tag, concatBytes(new Uint8Array(1), Uint8Array.from(rest)))],
    () => [Array.from({ length: 200 }).reduce<Uint8Array>((inner) => der(0x30, inner), encoded)],
  ];
  if (tag === 0x06) return [oid(random.pick(ALGORITHMS))];
  if (tag === 0x17 || tag === 0x18)
    return [time(random.pick([0, 1_749_900_000, 1_750_100_000, FAR, random.below(FAR)]))];
  return random.pick(others)();
}

function countNodes({ content }: Node): number {
  return content instanceof Uint8Array ? 1 : content.reduce((sum, node) => sum + countNodes(node), 1);
}

/** The encoding with its `at`-th value (counted from the outside in) replaced. */
function replaceNode(node: Node, at: number, random: Random): readonly Uint8Array[] {
  if (at === 0) return replacement(node, random);
  const { tag, content } = node;
  if (content instanceof Uint8Array) return [write(node)];
  let left = at - 1;
  const members = content.flatMap((member) => {
    const count = countNodes(member);
    const isHere = left >= 0 && left < count;
    const encoded = isHere ? replaceNode(member, left, random) : [write(member)];
    left -= count;
    return encoded;
  });
  return [der(tag, concatBytes(...members))];
}

/** Another tree: one value replaced, dropped, doubled, retyped or grown; all lengths around it fit again. */
export function editDer(bytes: Uint8Array, random: Random): Uint8Array {
  const root = readAt(bytes, 0)?.node;
  if (root === undefined) return bytes;
  return concatBytes(...replaceNode(root, random.below(countNodes(root)), random));
}

const leavesOf = (node: Node, tags: ReadonlySet<number>, at = 0): readonly number[] => {
  const own = tags.has(node.tag) ? [at] : [];
  if (node.content instanceof Uint8Array) return own;
  let next = at + 1;
  const inner = node.content.flatMap((member) => {
    const found = leavesOf(member, tags, next);
    next += countNodes(member);
    return found;
  });
  return [...own, ...inner];
};

/** Another algorithm, curve or extension where one is named (tag 6), or another time (tags 23 and 24). */
export function editTagged(bytes: Uint8Array, random: Random, tags: ReadonlySet<number>): Uint8Array {
  const root = readAt(bytes, 0)?.node;
  const places = root === undefined ? [] : leavesOf(root, tags);
  if (root === undefined || places.length === 0) return bytes;
  return concatBytes(...replaceNode(root, random.pick(places), random));
}
