/** Whether 32 bytes are all 0. */
// @ts-ignore: decorator
@inline
export function isZero32(at: usize): bool {
  return !v128.any_true(v128.or(v128.load(at), v128.load(at, 16)));
}

/** Whether 48 bytes are all 0. */
// @ts-ignore: decorator
@inline
export function isZero48(at: usize): bool {
  return !v128.any_true(v128.or(v128.or(v128.load(at), v128.load(at, 16)), v128.load(at, 32)));
}

/** Whether 32 bytes at two places are the same. */
// @ts-ignore: decorator
@inline
export function equal32(a: usize, b: usize): bool {
  const low = v128.xor(v128.load(a), v128.load(b));
  const high = v128.xor(v128.load(a, 16), v128.load(b, 16));
  return !v128.any_true(v128.or(low, high));
}

/** Copies `size` bytes, 16 at a time; `size` is a constant multiple of 16. */
// @ts-ignore: decorator
@inline
export function copy16s(to: usize, from: usize, size: usize): void {
  for (let offset: usize = 0; offset < size; offset += 16) v128.store(to + offset, v128.load(from + offset));
}

/** Whether an expiry time has passed; 0 never expires. */
// @ts-ignore: decorator
@inline
export function isExpired(expiry: u64, now: u64): bool {
  return expiry != 0 && expiry <= now;
}
